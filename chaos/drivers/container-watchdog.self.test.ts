import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const room = mkdtempSync(join(tmpdir(), 'meshcert-watchdog-'))
const socket = join(room, 'engine.sock')
/** What the engine was asked to do, and when. */
const asked: { readonly verb: string; readonly atMs: number }[] = []
const engine = createServer((request, response) => {
  const verb = /\/containers\/c1\/(\w+)/.exec(request.url ?? '')?.[1] ?? ''
  if (verb !== 'json') asked.push({ verb, atMs: performance.now() })
  if (verb !== 'json') return response.writeHead(204).end()
  const State = { Running: true, Paused: false, Status: 'running', Pid: process.pid }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ State }))
})
afterAll(() => {
  engine.close()
  rmSync(room, { recursive: true })
})

test('a watchdog whose runner is gone takes its fault back when the lease is over, and not before', async () => {
  await once(engine.listen(socket), 'listening')
  const leaseMs = 400
  const order = {
    primitive: 'crash',
    leaseMs,
    struck: [{ id: 'c1', node: 'node-1', pid: process.pid, address: '10.0.0.1' }],
  }
  const file = fileURLToPath(new URL('container-watchdog.ts', import.meta.url))
  const watchdog = spawn(process.execPath, [file, JSON.stringify({ socket, order })], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(watchdog, 'exit')
  const lines = createInterface({ input: watchdog.stdout })[Symbol.asyncIterator]()
  const told = async (): Promise<unknown> => JSON.parse((await lines.next()).value ?? 'null')
  expect(await told()).toEqual({ armed: true })
  expect(asked).toEqual([])
  const orderedAtMs = performance.now()
  watchdog.stdin.write('inject\n')
  expect(await told()).toMatchObject({ injected: true })
  // All that a killed runner does: its ends of the pipes close.
  watchdog.stdin.end()
  watchdog.stdout.destroy()
  expect((await ended)[0]).toBe(0)
  expect(asked.map(({ verb }) => verb)).toEqual(['kill', 'start'])
  // The lease begins with the order: on a busy machine the engine hears of the first deed long after it.
  expect((asked[1]?.atMs ?? 0) - orderedAtMs).toBeGreaterThan(leaseMs - 2)
})
