import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { expiryAnnotation } from '../../suites/contract/pods.ts'
import type { FaultOrder, Strike } from '../lease.ts'
import type { FakeApiServer } from './fake-cluster/api-server.ts'
import { startCluster, type ClusterOfATest } from './fake-cluster/cluster-of-a-test.ts'
import { fakeDetails, fakeTarget } from './fake-cluster/cluster-files.ts'
import { kubernetesDriver } from './kubernetes.ts'

/** Processes are begun here, each of which loads a client: no promise, and long enough for a machine with other work. */
vi.setConfig({ testTimeout: 180_000 })

let cluster: ClusterOfATest
let server: FakeApiServer

beforeEach(async () => {
  cluster = await startCluster({ nodes: ['node-1', 'node-2'] })
  server = cluster.server
  vi.stubEnv('KUBECONFIG', cluster.kubeconfig)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const pid of watchdogs()) process.kill(pid, 'SIGKILL')
  await cluster.stop()
})

const ordered = (strike: Strike, leaseMs: number): FaultOrder => ({ fault: strike.fault, strike, leaseMs })
const parted: Strike = { fault: 'partition', scope: { groups: [['node-1'], ['node-2']] } }
const crashed: Strike = { fault: 'crash', scope: { nodes: ['node-2'] } }

const isParted = (): boolean => server.store.list('networkpolicies').length > 0
const isDown = (): boolean =>
  (server.store.get('pods', 'node-2')?.['status'] as { phase?: string })?.phase !== 'Running'
/** Processes of watchdogs that were begun in this test's cluster. */
const watchdogs = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const of = (file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8')
        return of('cmdline').includes('kubernetes-watchdog.ts') && of('environ').includes(cluster.kubeconfig)
      } catch {
        return false
      }
    })
    .map(Number)

/** A run that holds the fault by renewing its lease; nothing of it is left once it is killed. */
const runnerScript = (order: FaultOrder): string => `
const { kubernetesDriver } = await import(${JSON.stringify(new URL('kubernetes.ts', import.meta.url).href)})
const order = ${JSON.stringify(order)}
const describe = async () => ({ ok: true, value: { details: ${JSON.stringify(fakeDetails)} } })
const driver = await kubernetesDriver({ description: { name: 'fake' }, faults: 'allowed', control: { describe } })
await driver.arm(order)
const applied = await driver.inject(order)
setInterval(() => driver.renew(applied), order.leaseMs / 6)
console.log('held')
`

/** How long this process was not let go on, from a time on: what the machine takes is not what a watchdog takes. */
function stalls(fromMs: number) {
  const periodMs = 5
  let lastMs = performance.now()
  let stalledMs = 0
  const turn = setInterval(() => {
    const nowMs = performance.now()
    if (nowMs > fromMs) stalledMs += Math.max(0, nowMs - Math.max(lastMs, fromMs) - periodMs)
    lastMs = nowMs
  }, periodMs)
  return (): number => {
    clearInterval(turn)
    return stalledMs
  }
}

test.each([
  ['partition', parted, isParted],
  ['crash', crashed, isDown],
] as const)(
  'a %s whose runner is killed is over 0.5 s after its lease, and not before it',
  async (_, strike, isThere) => {
    const leaseMs = 3_000
    const runner = spawn(process.execPath, ['--input-type=module', '-e', runnerScript(ordered(strike, leaseMs))], {
      env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(createInterface({ input: runner.stdout }), 'line')
    expect(line).toBe('held')
    // Longer than the lease: it is renewed.
    await delay(leaseMs + 200)
    expect(isThere()).toBe(true)
    const writesBefore = server.writes.length
    const killedAtMs = performance.now()
    runner.kill('SIGKILL')
    const stalledMs = stalls(killedAtMs + leaseMs)
    // A pod that is let go of runs once it has started; until then it is deleted again and again.
    const lastDeletedAtMs = strike === crashed ? await lastWrite() : null
    await vi.waitFor(() => expect(isThere()).toBe(false), { timeout: 20_000, interval: 5 })
    const tookMs = (lastDeletedAtMs ?? performance.now()) - killedAtMs
    const stalled = stalledMs()
    expect(server.writes.length).toBeGreaterThan(writesBefore)
    // The last renewal was up to a sixth of the lease before.
    if (lastDeletedAtMs === null) expect(tookMs).toBeGreaterThan(leaseMs * (1 - 1 / 6) - 150 - stalled)
    expect(tookMs - stalled).toBeLessThan(leaseMs + 500)
  },
)

/** When the last of the deletions came that follow one another closely. */
async function lastWrite(): Promise<number> {
  let seen = server.writes.length
  let atMs = performance.now()
  while (performance.now() - atMs < 1_000) {
    await delay(5)
    if (server.writes.length === seen) continue
    seen = server.writes.length
    atMs = performance.now()
  }
  return atMs
}

test('what a killed watchdog leaves is removed at once where its runner lives, and by the next run where it does not', async () => {
  const driver = await kubernetesDriver(fakeTarget())
  const order = ordered(parted, 60_000)
  await driver.arm(order)
  const applied = await driver.inject(order)
  const left = server.store.list('networkpolicies')
  for (const pid of watchdogs()) process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(isParted()).toBe(false), { timeout: 20_000, interval: 5 })
  await expect(driver.undo(applied)).rejects.toThrow('ended before it had answered')

  // The same policies, of a run that nobody knows any more.
  const expired = { [expiryAnnotation]: new Date(Date.now() - 1).toISOString() }
  for (const policy of left)
    server.store.add('networkpolicies', { ...policy, metadata: { ...policy.metadata, annotations: expired } })
  const next = await kubernetesDriver(fakeTarget())
  expect(isParted()).toBe(false)
  expect(await next.arm(order)).toMatch(
    /^the network policy meshcert-partition-.*, which a fault had left, is removed; /,
  )
})

test('a watchdog whose API server is gone says so, and takes the fault back once somebody answers', async () => {
  const driver = await kubernetesDriver(fakeTarget())
  const order = ordered(parted, 60_000)
  await driver.arm(order)
  const applied = await driver.inject(order)
  await server.stop()
  const { residue } = await driver.undo(applied)
  expect(residue).toEqual([expect.stringMatching(/^The API server of context fake, .* does not answer/)])
  expect(isParted()).toBe(true)
  await server.start()
  await vi.waitFor(() => expect(isParted()).toBe(false), { timeout: 20_000, interval: 5 })
  await vi.waitFor(() => expect(watchdogs()).toEqual([]), { timeout: 20_000, interval: 20 })
})
