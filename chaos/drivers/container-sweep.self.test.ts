import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { containersDetail } from '../../suites/contract/containers.ts'
import type { ControlPlane } from '../../suites/contract/control.ts'
import { ok } from '../../suites/contract/outcome.ts'
import { containerDriver } from './container.ts'
import { sweepContainers } from './container-sweep.ts'
import { holdersOf, recordsOfTheDead, watchdogFile } from './held-records.ts'

const room = mkdtempSync(join(tmpdir(), 'meshcert-sweep-'))
const socket = join(room, 'engine.sock')
/** What runs in the only container there is. */
let inside: ChildProcess
const pidInside = (): number => inside.pid ?? 0

const answers: readonly (readonly [RegExp, () => unknown])[] = [
  [/\/containers\/c1\/top/, () => ({ Titles: ['PID'], Processes: [[String(pidInside())]] })],
  [
    /\/containers\/c1\/json/,
    () => ({
      State: { Running: true, Paused: false, Status: 'running', Pid: pidInside() },
      NetworkSettings: { Networks: { mesh: { IPAddress: '10.0.0.1' } } },
    }),
  ],
  [/\/containers\/json/, () => [{ Id: 'c1', Labels: { 'meshcert.node': 'node-1' }, State: 'running' }]],
]
const engine = createServer((request, response) => {
  const [, answer] = answers.find(([path]) => path.test(request.url ?? '')) ?? []
  const [status, told] = answer === undefined ? [404, { message: 'no such container' }] : [200, answer()]
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(told))
})

beforeAll(async () => {
  await once(engine.listen(socket), 'listening')
  inside = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6)'], { stdio: 'ignore' })
  await once(inside, 'spawn')
})
afterEach(() => vi.unstubAllEnvs())
afterAll(() => {
  inside.kill('SIGKILL')
  engine.close()
  rmSync(room, { recursive: true })
})

const stands = (): boolean => / T /.test(readFileSync(`/proc/${pidInside()}/stat`, 'utf8').replace(/^.*\)/s, ''))
const orderOf = (primitive: 'pause' | 'slow', id = 'c1') => ({
  primitive,
  leaseMs: 60_000,
  struck: [{ id, node: 'node-1', pid: pidInside(), address: '10.0.0.1' }],
  ...(primitive === 'slow' && { cpuShare: 0.01 }),
})

/** A fault is injected, and then its watchdog is killed. */
async function killedIn(order: ReturnType<typeof orderOf>): Promise<void> {
  const watchdog = spawn(process.execPath, [watchdogFile, JSON.stringify({ socket, order })], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: watchdog.stdout })[Symbol.asyncIterator]()
  await lines.next()
  watchdog.stdin.write('inject\n')
  expect(JSON.parse((await lines.next()).value ?? 'null')).toMatchObject({ injected: true })
  await vi.waitFor(() => expect(stands()).toBe(true), { interval: 1 })
  watchdog.kill('SIGKILL')
  await once(watchdog, 'exit')
}

test('what a killed watchdog leaves standing goes on with the next sweep', async () => {
  await killedIn(orderOf('pause'))
  expect(stands()).toBe(true)
  expect(recordsOfTheDead()).not.toEqual([])
  expect((await sweepContainers()).join()).toMatch(/the pause of watchdog \d+, which was killed, is taken back from 1 /)
  expect(stands()).toBe(false)
  expect(await sweepContainers()).toEqual([])
})

test('a container that is no more has nothing left', async () => {
  const order = orderOf('pause')
  await killedIn(order)
  const gone = answers.map(([path]) => path)
  const spied = gone.map((path) => vi.spyOn(path, 'test').mockReturnValue(false))
  expect((await sweepContainers()).join()).toMatch(/from 0 containers/)
  for (const one of spied) one.mockRestore()
  process.kill(pidInside(), 'SIGCONT')
})

test('a slow container goes at full speed again once its watchdog is dead, without anybody being asked', async () => {
  vi.stubEnv('DOCKER_HOST', `unix://${socket}`)
  const described = { describe: async () => ok({ details: { [containersDetail]: 'run' } }) }
  const target = {
    description: { name: 'target' },
    faults: 'allowed',
    // The driver asks who the containers are, and nothing more.
    control: described as unknown as ControlPlane,
  } as const
  const driver = await containerDriver(target)
  const order = {
    fault: 'slow',
    strike: { fault: 'slow', scope: { nodes: ['node-1'], cpuShare: 0.01 } },
    leaseMs: 60_000,
  }
  await driver.arm(order as Parameters<typeof driver.arm>[0])
  const applied = await driver.inject(order as Parameters<typeof driver.inject>[0])
  const [holder = 0] = holdersOf({ socket })
  await vi.waitFor(() => expect(stands()).toBe(true), { interval: 1 })
  process.kill(holder, 'SIGKILL')
  // Until the killed one is gone its record is none of the dead: that there is no such record says nothing yet.
  await vi.waitFor(() => expect(holdersOf({ socket })).toEqual([]), { timeout: 5_000, interval: 5 })
  await vi.waitFor(() => expect(stands()).toBe(false), { timeout: 5_000, interval: 5 })
  await vi.waitFor(() => expect(recordsOfTheDead()).toEqual([]), { timeout: 5_000, interval: 5 })
  expect(stands()).toBe(false)
  await expect(driver.undo(applied)).rejects.toThrow('ended before it had answered')
})
