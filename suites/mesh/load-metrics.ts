import type { HealingCycle } from '../contract/healing.ts'
import type { MeshPlane, MeshResources, ProcessResources } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Random } from '../contract/random.ts'
import type { Target } from '../contract/target.ts'
import { withWorkloads } from '../contract/workloads.ts'
import { cellQuantileMs, sinceThen } from '../evidence/cells.ts'
import { nearestRank } from '../evidence/nearest-rank.ts'
import { seriesHistogram } from '../evidence/series.ts'
import { coresFigure, meshCpuFigure } from './live-figures.ts'

/** One figure of a load scenario; null: the target has no such figure, or it is empty. */
export type Figure = { readonly name: string; readonly unit: string; readonly value: number | null }

export type MeteredTarget = Pick<Target, 'clock' | 'exposition' | 'healing' | 'identity'> & { readonly mesh: MeshPlane }

/** Workloads whose SVIDs live so short that some rotate in every window. */
const workloads = 4
const svidTtlS = 3
const rotationSeries = 'spiffe_svid_rotation_seconds'

const sumOf = (processes: readonly ProcessResources[], of: (one: ProcessResources) => number): number =>
  processes.reduce((sum, one) => sum + of(one), 0)

const orNull = (value: number): number | null => (Number.isFinite(value) && value > 0 ? value : null)

function processFigures(before: MeshResources, after: MeshResources): readonly Figure[] {
  const seconds = (after.nowMs - before.nowMs) / 1_000
  const increase = (of: (one: ProcessResources) => number) => sumOf(after.processes, of) - sumOf(before.processes, of)
  const rate = (name: string, unit: string, of: (one: ProcessResources) => number): Figure => ({
    name,
    unit,
    value: orNull(increase(of) / seconds),
  })
  const cpuS = ({ cpuUserMs, cpuSystemMs }: ProcessResources) => (cpuUserMs + cpuSystemMs) / 1_000
  return [
    rate(meshCpuFigure, 'cores', cpuS),
    // Nodes have sockets; who only gathers what they tell has none.
    ...(after.processes.some(({ udp }) => udp !== null)
      ? [rate(coresFigure, 'cores', (one) => (one.udp === null ? 0 : cpuS(one)))]
      : []),
    { name: 'memory of the mesh', unit: 'MB', value: orNull(sumOf(after.processes, (one) => one.residentBytes) / 1e6) },
    rate('network bytes sent', 'B/s', ({ udp }) => udp?.bytesSent ?? 0),
    rate('network bytes received', 'B/s', ({ udp }) => udp?.bytesReceived ?? 0),
    rate('network packets sent', '1/s', ({ udp }) => udp?.datagramsSent ?? 0),
    rate('network packets received', '1/s', ({ udp }) => udp?.datagramsReceived ?? 0),
  ]
}

/** Since the processes were started: links are keyed while the mesh forms, before any window opens. */
const operationFigures = ({ operations }: MeshResources): readonly Figure[] =>
  operationNames.flatMap((operation) => {
    const latency = operations.find((one) => one.operation === operation)?.latency
    return [0.5, 0.99].map((quantile) => ({
      name: `${operation} p${quantile * 100}`,
      unit: 'ms',
      value: latency === undefined ? null : cellQuantileMs(latency, quantile),
    }))
  })

const operationNames = [
  'ml-dsa-65 sign',
  'ml-dsa-65 verify',
  'ml-kem-768 generate',
  'ml-kem-768 encapsulate',
  'ml-kem-768 decapsulate',
] as const

function cycleFigures(cycles: readonly HealingCycle[]): readonly Figure[] {
  const tookMs = cycles.map(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs)
  return [0.5, 0.99].map((quantile) => ({
    name: `MAPE-K loop time p${quantile * 100}`,
    unit: 'ms',
    value: nearestRank(tookMs, quantile),
  }))
}

type Metered = { readonly target: MeteredTarget; readonly random: Random }

/** Streams that are held open make the target rotate what it has handed out, as long as `use` lasts. */
async function withRotations<T>({ target, random }: Metered, use: () => Promise<T>): Promise<T> {
  const { identity } = target
  if (identity === undefined) return use()
  return withWorkloads({ identity, random }, async ({ register, hold }) => {
    for (let index = 0; index < workloads; index += 1) {
      const { endpoint } = await register(`load-metrics-${index}`, { svidTtlS })
      await hold(endpoint)
    }
    return use()
  })
}

type Read = () => Promise<readonly Figure[]>

/** From now to when it is read. */
async function openFigures({ mesh, healing, exposition }: MeteredTarget): Promise<Read> {
  const rotations = async () => seriesHistogram(await exposition(), rotationSeries)
  const rotationsBefore = await rotations()
  const cursor =
    healing === undefined ? null : expectOk('healingCycles', await healing.healingCycles({ after: -1 })).next
  const before = expectOk('meshResources', await mesh.meshResources({}))
  return async () => {
    const after = expectOk('meshResources', await mesh.meshResources({}))
    const page =
      healing === undefined || cursor === null
        ? null
        : expectOk('healingCycles', await healing.healingCycles({ after: cursor }))
    const rotationsNow = await rotations()
    const rotated = rotationsNow === null ? null : sinceThen(rotationsNow, rotationsBefore)
    return [
      ...processFigures(before, after),
      ...operationFigures(after),
      ...cycleFigures(page?.cycles ?? []),
      { name: 'SVID rotation p99', unit: 'ms', value: rotated === null ? null : cellQuantileMs(rotated, 0.99) },
    ]
  }
}

/** Everything that LOAD-METRICS names besides beacon latency, over the time from the start of `use` to its read. */
export const withFigures = <T>(metered: Metered, use: (read: Read) => Promise<T>): Promise<T> =>
  withRotations(metered, async () => use(await openFigures(metered.target)))
