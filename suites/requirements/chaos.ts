import { C, K, P, S, rowsOf } from './requirement-row.ts'

/** Section 3, network and node faults. Rows without an outage are judged by detection only. */
const row = rowsOf({
  source: 'P5 chaos',
  profiles: ['mesh-500', 'mesh-1000'],
  capabilities: ['mesh', 'control'],
})

export const chaosRows = [
  row('CHAOS-NET-1', 'half/half partition, heals', 'recovery', [S, P, C, K], { checkers: ['views-converged'] }),
  row('CHAOS-NET-2', 'one-way cut', 'recovery', [S, P, C, K], { checkers: ['views-converged'] }),
  row('CHAOS-NET-3', 'one node isolated', 'recovery', [S, P, C, K], { checkers: ['views-converged'] }),
  row('CHAOS-NET-4', 'a zone cut off from the rest', 'recovery', [S, P, C, K], { checkers: ['views-converged'] }),
  row('CHAOS-NET-5', '100 ms latency with jitter everywhere', 'detection', [S, P, C, K], {
    checkers: ['views-converged'],
  }),
  row('CHAOS-NET-6', '300 ms on a third of the links, asymmetric', 'detection', [S, P, C, K], {
    checkers: ['views-converged'],
  }),
  row('CHAOS-NET-7', '50 % loss, sustained', 'detection', [S, P, C, K], { checkers: ['views-converged'] }),
  row('CHAOS-NET-8', 'bursty loss averaging 70 %', 'recovery', [S, P, C, K], { checkers: ['views-converged'] }),
  row('CHAOS-NET-9', 'reordering, duplication, corruption together', 'detection', [S, P, C, K], {
    checkers: ['views-converged', 'deltas-converged'],
  }),
  row('CHAOS-NET-10', 'links flapping, partitions following each other', 'recovery', [S, P, C, K], {
    checkers: ['views-converged'],
  }),
  row('CHAOS-NODE-1', 'one random node crashes', 'recovery', [S, P, C, K], { checkers: ['views-converged'] }),
  row('CHAOS-NODE-2', 'crash and return with the same identity', 'recovery', [S, P, C, K]),
  row('CHAOS-NODE-3', '10 % of nodes crash at once', 'recovery', [S, P, C, K], {
    checkers: ['views-converged', 'deltas-converged'],
  }),
  row('CHAOS-NODE-4', 'cascade: each loss loads its neighbours until some fail; the cascade stops', 'recovery', [
    S,
    P,
    C,
    K,
  ]),
  row('CHAOS-NODE-5', 'pause and resume; a healthy node is not evicted for good', 'recovery', [S, P, C, K], {
    checkers: ['views-converged'],
  }),
  row('CHAOS-NODE-6', 'a slow node (CPU quota)', 'detection', [S, P, C, K], { checkers: ['views-converged'] }),
  row('CHAOS-NODE-7', 'crash loop; healing backs off', 'recovery', [S, P, C, K], {
    capabilities: ['mesh', 'healing', 'control'],
    checkers: ['views-converged'],
  }),
  row(
    'CHAOS-NODE-8',
    'MAPE-K heals: monitored, analysed, planned, executed, verified, learned, each step evidenced',
    'recovery',
    [S, P],
    { capabilities: ['mesh', 'healing', 'control'], checkers: ['steps-evidenced'] },
  ),
  row('CHAOS-NODE-9', 'beacon recovery: link windows refill, quality returns', 'recovery', [S, P], {
    checkers: ['views-converged'],
  }),
  row(
    'CHAOS-NODE-10',
    'the learning coordinator or an edge aggregator dies in mid-round; memory or disk exhausted',
    'recovery',
    [S, P, C, K],
    { capabilities: ['mesh', 'learning', 'control'], checkers: ['round-lineage', 'one-coordinator'] },
  ),
] as const
