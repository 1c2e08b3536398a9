/**
 * Fake: receipts of a mesh whose nodes are pods of the fake cluster. Each sends every other a beacon every 10 ms; it is used where
 * both run, and, if anybody enforces policies, where these let it in.
 */
import type { Clock } from '../../../suites/contract/clock.ts'
import type { MeshPlane } from '../../../suites/contract/mesh.ts'
import { ok } from '../../../suites/contract/outcome.ts'
import { podLabels } from '../../../suites/contract/pods.ts'
import { isolates, letsIn, NetworkPolicy } from '../network-policy.ts'
import type { FakeApiServer } from './api-server.ts'
import type { Stored } from './versioned-store.ts'

const periodMs = 10

/** As the client has it. */
const policyOf = ({ metadata, spec }: Stored): NetworkPolicy =>
  NetworkPolicy.parse(JSON.parse(JSON.stringify({ metadata, spec }).replaceAll('"from":', '"_from":')))

function passes({ store, namespaceLabels }: FakeApiServer, from: Stored, to: Stored): boolean {
  const { podIPs = [] } = from['status'] as { readonly podIPs?: readonly { readonly ip: string }[] }
  const sender = { labels: from.metadata.labels ?? {}, addresses: podIPs.map(({ ip }) => ip) }
  const policies = store
    .list('networkpolicies')
    .map(policyOf)
    .filter((policy) => isolates(policy, to.metadata.labels ?? {}))
  return policies.length === 0 || policies.some((policy) => letsIn(policy, sender, namespaceLabels))
}

const nodeOf = ({ metadata }: Stored): string => metadata.labels?.[podLabels.node] ?? ''
const runs = ({ status }: Stored): boolean => (status as { readonly phase: string }).phase === 'Running'

export type FakeMeshOptions = { readonly server: FakeApiServer; readonly clock: Clock; readonly enforces: boolean }

/** Receipts only. */
export function fakeMesh({ server, clock, enforces }: FakeMeshOptions): MeshPlane {
  const beats = (): number => Math.floor(clock.nowMs() / periodMs)
  const meshReceipts: MeshPlane['meshReceipts'] = async (asked) => {
    const after = Number(asked.after)
    const next = beats()
    const count = after < 0 ? 0 : next - after
    const running = server.store.list('pods').filter(runs)
    const batches = running.flatMap((to) => {
      const senders = running.filter((from) => from !== to && (!enforces || passes(server, from, to)))
      const sent = senders.flatMap((from) =>
        Array.from({ length: count }, (_, beat) => ({ from: nodeOf(from), beat: after + 1 + beat })),
      )
      const atMs = sent.map(({ beat }) => beat * periodMs)
      const origin = sent.map(({ from }) => from)
      const sequence = sent.map(({ beat }) => beat)
      return [{ receiver: nodeOf(to), origin, sequence, scheduledAtMs: atMs, usedAtMs: atMs }]
    })
    return ok({ next, batches, finals: [], dropped: 0 })
  }
  // Who proves an effect reads receipts, and nothing else.
  return { meshReceipts } as MeshPlane
}
