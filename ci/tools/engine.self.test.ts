import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { Stop } from '../run/stop.ts'
import { findEngine, startEngine, stopEngine } from './engine.ts'
import { engineFolder } from './engine-packages.ts'

const room = mkdtempSync(join(tmpdir(), 'meshcert-engine-test-'))
const servers: Server[] = []
afterEach(() => vi.unstubAllEnvs())
afterAll(() => {
  for (const server of servers) server.close()
  rmSync(room, { recursive: true })
})

async function engineThatSays(code: number): Promise<string> {
  const socket = join(room, `${code}.sock`)
  const server = createServer((_, response) => response.writeHead(code).end())
  servers.push(server)
  await once(server.listen(socket), 'listening')
  return `unix://${socket}`
}

test('an engine is there where it answers, and nowhere else', async () => {
  vi.stubEnv('TMPDIR', room)
  const [good, ill] = [await engineThatSays(200), await engineThatSays(500)]
  expect(await findEngine({ DOCKER_HOST: good })).toBe(good)
  expect(await findEngine({ DOCKER_HOST: ill })).toBeNull()
  expect(await findEngine({ DOCKER_HOST: `unix://${room}/nobody.sock` })).toBeNull()
})

test('where programs are missing the start ends 2 with the next step, and leaves no folder', async () => {
  vi.stubEnv('TMPDIR', room)
  vi.stubEnv('PATH', room)
  const refused = await startEngine(() => undefined).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(Stop)
  expect(refused).toMatchObject({ exitCode: 2, message: expect.stringMatching(/apt-get.*set DOCKER_HOST/s) })
  expect(engineFolder().startsWith(room)).toBe(true)
  expect(await stopEngine()).toBe(false)
})
