import type { ScaleRun, SpentOn } from '../evidence/scale-run.ts'
import { lossShareOf } from './failure.ts'
import { busiestLoop } from './prediction.ts'

export type BottleneckName =
  | 'event loop'
  | 'processor'
  | 'cryptography'
  | 'garbage collection'
  | 'socket buffers'
  | 'none'

export type Bottleneck = {
  readonly name: BottleneckName
  /** The resource that is used up, whoever spends it. */
  readonly resource: 'event loop' | 'processor' | 'socket buffers' | 'none'
  /** How near the resource is to its end: 1 is used up. */
  readonly pressure: number
  /** What the busy time goes to most; null where nobody profiled. */
  readonly spender: { readonly what: keyof SpentOn; readonly share: number } | null
  /** The size whose figures decided. */
  readonly nodes: number
  /** What was seen, a sentence each with its numbers. */
  readonly evidence: readonly string[]
}

/** Below this no resource holds the mesh back. */
const pressing = 0.6
/** A spender that takes at least half of the busy time is the bottleneck behind the resource. */
const dominant = 0.5
/** Collection hurts before it is half of the time: it stops everything else. */
const dominantCollection = 0.25

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

function spenderOf({ spentOn }: ScaleRun): Bottleneck['spender'] {
  if (spentOn === null) return null
  const { crypto, collection, sockets, logic } = spentOn
  const shares = { crypto, collection, sockets, logic }
  const names = ['crypto', 'collection', 'sockets', 'logic'] as const
  const what = names.toSorted((a, b) => shares[b] - shares[a])[0] ?? 'logic'
  return { what, share: shares[what] }
}

/** The loss that full buffers explain, a beacon at least for each datagram: one datagram does not explain a thousand beacons. */
function bufferPressure(run: ScaleRun, lossLimit: number): number {
  if (run.datagramsDropped === null || run.beaconsOffered <= 0) return 0
  return Math.min(lossShareOf(run), run.datagramsDropped / run.beaconsOffered) / lossLimit
}

type Machine = { readonly machineCores: number; readonly lossShare: number }

function resources(run: ScaleRun, { machineCores, lossShare }: Machine) {
  return [
    { resource: 'processor', pressure: (run.targetCores + run.suiteCores) / machineCores },
    { resource: 'event loop', pressure: busiestLoop(run) },
    { resource: 'socket buffers', pressure: bufferPressure(run, lossShare) },
  ] as const
}

function evidenceOf(run: ScaleRun, { machineCores }: Machine): readonly string[] {
  const busiest = run.processes.toSorted((a, b) => (b.loopShare ?? b.cores) - (a.loopShare ?? a.cores))[0]
  const collection = Math.max(0, ...run.processes.map(({ collectionShare }) => collectionShare ?? 0))
  return [
    `${(run.targetCores + run.suiteCores).toFixed(2)} of ${machineCores} cores in use, ${run.targetCores.toFixed(2)} of them by the target`,
    ...(busiest === undefined
      ? []
      : [
          `busiest process ${busiest.name}: ${busiest.cores.toFixed(2)} cores` +
            (busiest.loopShare === null ? '' : `, event loop ${percent(busiest.loopShare)} busy`) +
            (busiest.loopDelayMsP99 === null ? '' : `, p99 of its delay ${busiest.loopDelayMsP99.toFixed(1)} ms`),
        ]),
    ...(collection > 0 ? [`up to ${percent(collection)} of a process's time in garbage collection`] : []),
    ...(run.spentOn === null
      ? []
      : [
          `busy time: cryptography ${percent(run.spentOn.crypto)}, sockets ${percent(run.spentOn.sockets)}, ` +
            `collection ${percent(run.spentOn.collection)}, protocol ${percent(run.spentOn.logic)}`,
        ]),
    ...(run.datagramsDropped === null ? [] : [`${run.datagramsDropped} datagrams dropped by full socket buffers`]),
    `${percent(lossShareOf(run))} of the beacons lost`,
  ]
}

/**
 * What holds the mesh back at the largest size, from counters and profiles: first the resource that is
 * nearest to its end, then, behind it, what spends it.
 */
export function bottleneckOf(runs: readonly ScaleRun[], machine: Machine): Bottleneck | null {
  const run = runs.toSorted((a, b) => b.nodes - a.nodes)[0]
  if (run === undefined) return null
  const [nearest] = resources(run, machine).toSorted((a, b) => b.pressure - a.pressure)
  if (nearest === undefined) return null
  const spender = spenderOf(run)
  const collection = Math.max(run.spentOn?.collection ?? 0, ...run.processes.map((one) => one.collectionShare ?? 0))
  const base = { pressure: nearest.pressure, spender, nodes: run.nodes, evidence: evidenceOf(run, machine) }
  if (nearest.pressure < pressing) return { ...base, name: 'none', resource: 'none' }
  if (nearest.resource === 'socket buffers') return { ...base, name: 'socket buffers', resource: 'socket buffers' }
  const name: BottleneckName =
    collection >= dominantCollection
      ? 'garbage collection'
      : spender?.what === 'crypto' && spender.share >= dominant
        ? 'cryptography'
        : nearest.resource
  return { ...base, name, resource: nearest.resource }
}
