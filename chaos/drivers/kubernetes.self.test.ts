import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { consent, expiryAnnotation, podLabels, podsDetails } from '../../suites/contract/pods.ts'
import type { FaultOrder, Strike } from '../lease.ts'
import { fakeNamespace, type FakeApiServer } from './fake-cluster/api-server.ts'
import { startCluster, type ClusterOfATest } from './fake-cluster/cluster-of-a-test.ts'
import { fakeContext, fakeDetails, fakeTarget, writeKubeconfig } from './fake-cluster/cluster-files.ts'
import type { Unstored } from './fake-cluster/versioned-store.ts'
import { kubernetesDriver } from './kubernetes.ts'
import { kubernetesSupports } from './kubernetes-faults.ts'

let cluster: ClusterOfATest
let server: FakeApiServer

const nodes = ['node-1', 'node-2', 'node-3']
const allowed = { [podLabels.faults]: consent }

beforeEach(async () => {
  cluster = await startCluster({ nodes })
  server = cluster.server
  vi.stubEnv('KUBECONFIG', cluster.kubeconfig)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await cluster.stop()
})

const ordered = (strike: Strike): FaultOrder => ({ fault: strike.fault, strike, leaseMs: 1_000 })
const crashed = ordered({ fault: 'crash', scope: { nodes: ['node-2'] } })
const parted = ordered({ fault: 'partition', scope: { groups: [['node-1'], ['node-2', 'node-3']] } })

/** Why the fault is refused; nothing was asked for that would have changed anything. */
async function refusal(order: FaultOrder, target = fakeTarget()): Promise<string> {
  const error: unknown = await kubernetesDriver(target)
    .then((driver) => driver.arm(order))
    .catch((one: unknown) => one)
  expect(error).toBeInstanceOf(Error)
  expect(server.writes).toEqual([])
  return error instanceof Error ? error.message : ''
}

describe('a fault is refused, and nothing is touched', () => {
  test('where the target does not carry the label of its own', async () => {
    const { faults: _, ...unlabelled } = fakeTarget()
    expect(await refusal(crashed, unlabelled)).toMatch('does not carry the label that lets faults in')
  })

  test('where the target names no context, whatever the current one is', async () => {
    const { [podsDetails.context]: _, ...without } = fakeDetails
    expect(await refusal(crashed, fakeTarget(without))).toMatch(`details.${podsDetails.context} must name`)
  })

  test('where the context is not in the kubeconfig', async () => {
    const target = fakeTarget({ ...fakeDetails, [podsDetails.context]: 'elsewhere' })
    expect(await refusal(crashed, target)).toMatch(/No context elsewhere .*kubectl config get-contexts/)
  })

  test('where neither the namespace nor a pod bears the consent', async () => {
    server.namespaceLabels = {}
    expect(await refusal(crashed)).toMatch(
      `kubectl --context ${fakeContext} label namespace ${fakeNamespace} ${podLabels.faults}=${consent}`,
    )
  })

  test('where the pod that is to be struck does not bear it, though another does', async () => {
    server.namespaceLabels = {}
    const [first] = server.store.list('pods')
    if (first === undefined) throw new Error('no pod')
    const labels = { ...first.metadata.labels, ...allowed }
    server.store.change('pods', { ...first, metadata: { ...first.metadata, labels } })
    expect(await refusal(crashed)).toMatch(/node-2 may be struck: label it/)
  })

  test('where the API server does not know who asks', async () => {
    vi.stubEnv('KUBECONFIG', writeKubeconfig(cluster.folder, cluster.address, 'stale'))
    expect(await refusal(crashed)).toMatch(/\(401\): log in anew/)
  })

  test('where a right is missing, before a fault that could not be taken back', async () => {
    server.forbidden.add('delete networkpolicies')
    expect(await refusal(parted)).toMatch(/may not delete networkpolicies in namespace mesh: give it the Role of docs/)
    server.forbidden.add('list pods')
    expect(await refusal(crashed)).toMatch(/may not list pods/)
  })

  test('where the namespace is not there', async () => {
    const target = fakeTarget({ ...fakeDetails, [podsDetails.namespace]: 'other' })
    expect(await refusal(crashed, target)).toMatch('There is no namespace other in the cluster of context fake')
  })

  test('where nobody answers', async () => {
    await server.stop()
    expect(await refusal(crashed)).toMatch(/does not answer: .*ECONNREFUSED.*get --raw \/readyz/)
    await server.start()
  })
})

describe('so is one', () => {
  test('for a node that there is not, that does not run or that nobody would bring back', async () => {
    expect(await refusal(ordered({ fault: 'crash', scope: { nodes: ['node-9'] } }))).toMatch(/node-9 may be struck/)
    const pod = server.store.get('pods', 'node-2')
    if (pod === undefined) throw new Error('no pod')
    server.store.change('pods', { ...pod, metadata: { ...pod.metadata, ownerReferences: [] } })
    expect(await refusal(crashed)).toMatch(/node-2 has no controller/)
    server.store.change('pods', { ...pod, status: { phase: 'Pending' } })
    expect(await refusal(crashed)).toMatch(/node-2 is Pending/)
  })

  test('for two pods that are one node', async () => {
    server.store.add('pods', {
      metadata: { name: 'twin', labels: { [podLabels.node]: 'node-2' } },
      status: { phase: 'Running' },
    })
    expect(await refusal(crashed)).toMatch(/Pods node-2 and twin both say that they are node node-2/)
  })

  test('for what Kubernetes has no words for', async () => {
    const late = { latency: { delayMs: 100 } }
    expect(await refusal(ordered({ fault: 'network', scope: { paths: [{ path: late }] } }))).toMatch(/delays, thins/)
    expect(await refusal(ordered({ fault: 'pause', scope: { nodes: ['node-1'] } }))).toMatch(/stand still/)
  })
})

const policy = (name: string, more: object, spec: object): Unstored => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, ...more },
  spec: { podSelector: {}, policyTypes: ['Ingress'], ...spec },
})

describe('network policies of others', () => {
  test('that let pass what is to be cut are a reason to refuse', async () => {
    const ingress = [{ from: [{ podSelector: { matchExpressions: [{ key: podLabels.node, operator: 'Exists' }] } }] }]
    server.store.add('networkpolicies', policy('mesh', {}, { ingress }))
    expect(await refusal(parted)).toMatch(/policy mesh lets node-2 reach node-1, and policies only add up/)
  })

  test('of a fault that is in force are waited for', async () => {
    const metadata = {
      labels: { [podLabels.fault]: 'theirs' },
      annotations: { [expiryAnnotation]: new Date(Date.now() + 60_000).toISOString() },
    }
    server.store.add('networkpolicies', policy('theirs', metadata, {}))
    expect(await refusal(crashed)).toMatch(/theirs is of somebody else's fault, in force until 2/)
  })
})

test('whatever this driver has not has a reason', () => {
  expect(['crash', 'partition'].map((one) => kubernetesSupports(one))).toEqual([true, true])
  expect(kubernetesSupports('network', true)).toBe(true)
  expect(kubernetesSupports('network')).toMatch(/^a network policy/)
  expect(kubernetesSupports('kill')).toMatch(/not kill$/)
})
