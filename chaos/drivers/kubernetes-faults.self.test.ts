import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { consent, expiryAnnotation, podLabels } from '../../suites/contract/pods.ts'
import { clusterAt } from './cluster.ts'
import { sweepExpired } from './cluster-sweep.ts'
import type { FakeApiServer } from './fake-cluster/api-server.ts'
import { startCluster, type ClusterOfATest } from './fake-cluster/cluster-of-a-test.ts'
import { fakePlace } from './fake-cluster/cluster-files.ts'
import { kubernetesFault, type Holding, type KubernetesOrder } from './kubernetes-faults.ts'

const nodes = ['node-1', 'node-2', 'node-3']
/** A pod that is let go of for so long runs; who looks for longer has seen it. */
const startMs = 600
const watchMs = 900
let cluster: ClusterOfATest
let server: FakeApiServer

beforeEach(async () => {
  cluster = await startCluster({ nodes, startMs })
  server = cluster.server
  vi.stubEnv('KUBECONFIG', cluster.kubeconfig)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await cluster.stop()
})

const leaseMs = 60_000
const held = (order: KubernetesOrder, more: Partial<Holding> = {}): Holding => ({
  faultId: 'fault-1',
  pods: { place: fakePlace, nodeLabel: podLabels.node },
  onPods: false,
  order,
  ...more,
})
const crash: KubernetesOrder = { primitive: 'crash', leaseMs, nodes: ['node-2'] }
const cut: KubernetesOrder = {
  primitive: 'cut',
  leaseMs,
  cuts: [{ to: ['node-1'], from: ['node-2', 'node-3'], addresses: ['10.0.0.2', '10.0.0.3'] }],
}
const uidOf = (node: string): string | undefined => server.store.get('pods', node)?.metadata.uid
const runs = (node: string): boolean =>
  (server.store.get('pods', node)?.['status'] as { phase: string } | undefined)?.phase === 'Running'
const policies = () => server.store.list('networkpolicies')

/** Looks at a node all the while. */
async function everRuns(node: string, forMs: number): Promise<boolean> {
  const untilMs = performance.now() + forMs
  let seen = false
  while (performance.now() < untilMs) {
    seen ||= runs(node)
    await delay(5)
  }
  return seen
}

test('a crashed node stays down, whatever its controller does, until it is undone; nobody else is touched', async () => {
  const others = [uidOf('node-1'), uidOf('node-3')]
  const fault = kubernetesFault(clusterAt(fakePlace), held(crash))
  await fault.inject()
  expect(await everRuns('node-2', watchMs)).toBe(false)
  // Its controller tries meanwhile.
  await vi.waitFor(() => expect(server.writes.length).toBeGreaterThan(1), { timeout: 10_000, interval: 5 })
  expect(new Set(server.writes)).toEqual(new Set(['delete pods/node-2']))
  expect(await fault.undo()).toEqual([])
  expect(runs('node-2')).toBe(true)
  expect([uidOf('node-1'), uidOf('node-3')]).toEqual(others)
})

test('it stays down when the API server forgets what has happened, and breaks off what it answers', async () => {
  const fault = kubernetesFault(clusterAt(fakePlace), held(crash))
  await fault.inject()
  server.store.forget()
  await server.stop()
  await server.start()
  // What came while nobody was watching may have run.
  await vi.waitFor(() => expect(runs('node-2')).toBe(false), { timeout: 5_000, interval: 5 })
  expect(await everRuns('node-2', watchMs)).toBe(false)
  expect(await fault.undo()).toEqual([])
})

test('a crash loop lets its pod run in between, and crashes it again', async () => {
  const loop = { crashes: 2, downMs: 100, upMs: 200 }
  const fault = kubernetesFault(clusterAt(fakePlace), held({ ...crash, loop }))
  await fault.inject()
  expect(runs('node-2')).toBe(false)
  await vi.waitFor(() => expect(runs('node-2')).toBe(true), { timeout: 10_000, interval: 5 })
  await vi.waitFor(() => expect(runs('node-2')).toBe(false), { timeout: 10_000, interval: 5 })
  expect(await everRuns('node-2', watchMs)).toBe(false)
  expect(await fault.undo()).toEqual([])
  expect(runs('node-2')).toBe(true)
})

test('where the consent is on pods, one that comes back without it is left alone', async () => {
  const pod = server.store.get('pods', 'node-2')
  if (pod === undefined) throw new Error('no pod')
  const labels = { ...pod.metadata.labels, [podLabels.faults]: consent }
  server.store.change('pods', { ...pod, metadata: { ...pod.metadata, labels } })
  const fault = kubernetesFault(clusterAt(fakePlace), held(crash, { onPods: true }))
  await fault.inject()
  expect(uidOf('node-2')).not.toBe(pod.metadata.uid)
  await vi.waitFor(() => expect(runs('node-2')).toBe(true), { timeout: 10_000, interval: 5 })
  expect(server.writes).toEqual(['delete pods/node-2'])
  expect(await fault.undo()).toEqual([])
})

test('whoever has taken the name of a pod meanwhile is not deleted in its place', async () => {
  const cluster = clusterAt(fakePlace)
  const { pods } = await cluster.pods(podLabels.node)
  const [first] = pods
  if (first === undefined) throw new Error('no pod')
  await cluster.deletePod({ ...first, metadata: { ...first.metadata, uid: 'of-another' } })
  expect(uidOf(first.metadata.name)).toBe(first.metadata.uid)
})

test('a cut is a labelled policy that tells its end, which is put off by renewals, and is removed', async () => {
  const fault = kubernetesFault(clusterAt(fakePlace), held(cut))
  await fault.inject()
  const [first] = policies()
  expect(first?.metadata.labels).toEqual({ [podLabels.fault]: 'fault-1' })
  const expiryOf = (): number => Date.parse(policies()[0]?.metadata.annotations?.[expiryAnnotation] ?? '')
  const expiresAtMs = expiryOf()
  expect(Math.abs(expiresAtMs - Date.now() - leaseMs)).toBeLessThan(leaseMs / 2)
  await delay(2)
  await fault.renew()
  expect(expiryOf()).toBeGreaterThan(expiresAtMs)
  expect(await fault.undo()).toEqual([])
  expect(policies()).toEqual([])
})

test('what can not be removed is told', async () => {
  const fault = kubernetesFault(clusterAt(fakePlace), held(cut))
  await fault.inject()
  const [laid] = policies()
  if (laid === undefined) throw new Error('no policy')
  server.store.change('networkpolicies', { ...laid, metadata: { ...laid.metadata, finalizers: ['somebody/else'] } })
  expect(await fault.undo()).toEqual([`the network policy ${laid.metadata.name} is still there`])
})

test('a fault that is half laid is refused by name, and taken back', async () => {
  server.forbidden.add('create networkpolicies')
  const fault = kubernetesFault(clusterAt(fakePlace), held(cut))
  await expect(fault.inject()).rejects.toThrow(/may not create networkpolicies .*Role of docs\/CHAOS\.md/)
  expect(await fault.undo()).toEqual([])
})

test('a sweep removes what has expired, and nothing that is in force', async () => {
  const cluster = clusterAt(fakePlace)
  await kubernetesFault(cluster, held({ ...cut, leaseMs: 1 }, { faultId: 'over' })).inject()
  await kubernetesFault(cluster, held(cut, { faultId: 'in-force' })).inject()
  await delay(5)
  expect(await sweepExpired(cluster)).toEqual([
    expect.stringMatching(/^the network policy meshcert-over-0, which a fault/),
  ])
  expect(policies().map(({ metadata }) => metadata.name)).toEqual(['meshcert-in-force-0'])
})
