import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Clock } from '../suites/contract/clock.ts'
import type { FaultScope } from '../suites/contract/control.ts'
import { severed, liesOn } from '../suites/contract/path.ts'
import { podLabels } from '../suites/contract/pods.ts'
import { clusterAt } from './drivers/cluster.ts'
import type { FakeApiServer } from './drivers/fake-cluster/api-server.ts'
import { startCluster, type ClusterOfATest } from './drivers/fake-cluster/cluster-of-a-test.ts'
import { fakePlace } from './drivers/fake-cluster/cluster-files.ts'
import { fakeMesh } from './drivers/fake-cluster/mesh.ts'
import { kubernetesFault, type KubernetesOrder } from './drivers/kubernetes-faults.ts'
import { consentingNodes } from './drivers/node-pods.ts'
import { cutsOf } from './drivers/policy-cut.ts'
import type { EffectProof, FaultKind } from './effect.ts'
import { isolation } from './faults/isolation.ts'
import { oneWayCut } from './faults/one-way-cut.ts'
import { partition } from './faults/partition.ts'

const nodes = ['node-1', 'node-2', 'node-3', 'node-4']
let cluster: ClusterOfATest
let server: FakeApiServer

beforeEach(async () => {
  cluster = await startCluster({ nodes })
  server = cluster.server
  vi.stubEnv('KUBECONFIG', cluster.kubeconfig)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await cluster.stop()
})

/** Nobody waits: what the fake mesh sends is counted by this clock. */
function quickClock(): Clock {
  let nowMs = 0
  return {
    nowMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms
    },
  }
}

const pods = { place: fakePlace, nodeLabel: podLabels.node }

/** Lays a cut, looks for its effect as every row does, and takes it back; then it must not be seen any more. */
async function proofs(
  kind: FaultKind,
  scope: FaultScope,
  enforces: boolean,
): Promise<{ readonly during: EffectProof; readonly after: EffectProof }> {
  const cluster = clusterAt(fakePlace)
  const clock = quickClock()
  const mesh = fakeMesh({ server, clock, enforces })
  const around = { mesh, clock, scope, hits: kind.hits(scope) }
  const isHit = scope.groups === undefined ? rulesOf(scope) : kind.hits(scope)
  const { nodes: known, onPods } = await consentingNodes(cluster, pods)
  const order: KubernetesOrder = { primitive: 'cut', leaseMs: 60_000, cuts: [...cutsOf(known, isHit)] }
  const fault = kubernetesFault(cluster, { faultId: 'fault', pods, onPods, order })
  const before = await kind.probe(around)
  await fault.inject()
  const injected = () => ({ appliedAtMs: clock.nowMs(), renew: async () => undefined })
  const during = await before(injected())
  expect(await fault.undo()).toEqual([])
  return { during, after: await before(injected()) }
}

const rulesOf = ({ paths = [] }: FaultScope): ((sender: string, receiver: string) => boolean) => {
  const rules = paths.map(liesOn)
  return (sender, receiver) => rules.some((lies) => lies(sender, receiver))
}

const cuts: readonly { readonly name: string; readonly kind: FaultKind; readonly scope: FaultScope }[] = [
  {
    name: partition.name,
    kind: partition,
    scope: {
      groups: [
        ['node-1', 'node-2'],
        ['node-3', 'node-4'],
      ],
    },
  },
  {
    name: isolation.name,
    kind: isolation,
    scope: {
      paths: [
        { from: ['node-1'], path: severed },
        { to: ['node-1'], path: severed },
      ],
    },
  },
  { name: oneWayCut.name, kind: oneWayCut, scope: { paths: [{ from: ['node-1'], path: severed }] } },
]

describe.each(cuts)('a network policy for $name', ({ kind, scope }) => {
  test('is proven where somebody enforces it, and gone when it is undone', async () => {
    const { during, after } = await proofs(kind, scope, true)
    expect(during).toMatchObject({ proven: true })
    expect(after).toMatchObject({ proven: false })
  })

  test('that nobody enforces proves nothing', async () => {
    const { during } = await proofs(kind, scope, false)
    expect(during).toMatchObject({ proven: false, seen: expect.stringMatching(/, [1-9]\d* after/) })
  })
})
