import type { LatencyHistogram, MeshOperation, MeshResources, ProcessResources } from '../contract/mesh.ts'
import { cellOf, sinceThen } from '../evidence/cells.ts'
import type { ProcessUse, ScaleRun, SpentOn } from '../evidence/scale-run.ts'

/** Whoever reads it must see that it lies beyond all edges: twice the last one then. A process that was started anew begins at zero. */
function delayMsP99(from: LatencyHistogram | undefined, to: LatencyHistogram): number | null {
  const cell = cellOf(sinceThen(to, from ?? null), 0.99)
  return cell === null ? null : (cell.atMost ?? 2 * cell.atLeast)
}

const share = (part: number, whole: number): number => Math.min(1, Math.max(0, whole > 0 ? part / whole : 0))

type Pair = { readonly from: ProcessResources | undefined; readonly to: ProcessResources }

function useOf({ from, to }: Pair): ProcessUse {
  const overMs = to.upMs - (from?.upMs ?? 0)
  const cpuMs = to.cpuUserMs + to.cpuSystemMs - (from === undefined ? 0 : from.cpuUserMs + from.cpuSystemMs)
  return {
    name: to.instance,
    cores: overMs > 0 ? Math.max(0, cpuMs / overMs) : 0,
    loopShare: share(to.eventLoopBusyMs - (from?.eventLoopBusyMs ?? 0), overMs),
    loopDelayMsP99: delayMsP99(from?.eventLoopDelay, to.eventLoopDelay),
    collectionShare: share(to.gcPausedMs - (from?.gcPausedMs ?? 0), overMs),
    memoryMB: to.residentBytes / 1e6,
  }
}

/** Time in timed operations; where every k-th was timed, it stands for the others. */
function cryptoMs(from: readonly MeshOperation[], to: readonly MeshOperation[]): number {
  return to.reduce((sum, { operation, timedOneIn, latency }) => {
    const before = from.find((earlier) => earlier.operation === operation)?.latency.sumMs ?? 0
    return sum + Math.max(0, latency.sumMs - before) * timedOneIn
  }, 0)
}

/** Without a profile: cryptography as it was timed, collection as it paused, sockets as the kernel's share of the processes that have some. */
function spentByCounters(pairs: readonly Pair[], crypto: number): SpentOn | null {
  const of = (pick: (one: ProcessResources) => number, only: readonly Pair[] = pairs) =>
    only.reduce((sum, { from, to }) => sum + pick(to) - (from === undefined ? 0 : pick(from)), 0)
  const busy = of(({ cpuUserMs, cpuSystemMs }) => cpuUserMs + cpuSystemMs)
  if (busy <= 0) return null
  const parts = {
    crypto: share(crypto, busy),
    collection: share(
      of(({ gcPausedMs }) => gcPausedMs),
      busy,
    ),
    sockets: share(
      of(
        ({ cpuSystemMs }) => cpuSystemMs,
        pairs.filter(({ to }) => to.udp !== null),
      ),
      busy,
    ),
  }
  const known = parts.crypto + parts.collection + parts.sockets
  const scale = known > 1 ? 1 / known : 1
  return {
    crypto: parts.crypto * scale,
    collection: parts.collection * scale,
    sockets: parts.sockets * scale,
    logic: Math.max(0, 1 - known),
  }
}

function droppedIn(pairs: readonly Pair[]): number | null {
  const withSockets = pairs.filter(({ to }) => to.udp !== null)
  if (withSockets.length === 0 || withSockets.some(({ to }) => to.udp?.receiveDrops === null)) return null
  return withSockets.reduce(
    (sum, { from, to }) => sum + Math.max(0, (to.udp?.receiveDrops ?? 0) - (from?.udp?.receiveDrops ?? 0)),
    0,
  )
}

export type ResourceUse = Pick<ScaleRun, 'targetCores' | 'processes' | 'datagramsDropped' | 'spentOn'>

/** What the mesh used between two readings. In virtual time: how busy its modelled threads were. */
export function resourceUse(from: MeshResources, to: MeshResources): ResourceUse {
  const overMs = to.nowMs - from.nowMs
  const threads = (to.modelledThreads ?? []).map(({ instance, busyMs }): ProcessUse => {
    const before = from.modelledThreads?.find((earlier) => earlier.instance === instance)?.busyMs ?? 0
    const busy = share(busyMs - before, overMs)
    return { name: instance, cores: busy, loopShare: busy, loopDelayMsP99: null, collectionShare: null, memoryMB: null }
  })
  const pairs = from.processes.length + to.processes.length === 0 ? [] : pairsOf(from, to)
  const processes = [...pairs.map(useOf), ...threads]
  return {
    processes,
    targetCores: processes.reduce((sum, { cores }) => sum + cores, 0),
    datagramsDropped: droppedIn(pairs),
    spentOn: spentByCounters(pairs, cryptoMs(from.operations, to.operations)),
  }
}

const pairsOf = (from: MeshResources, to: MeshResources): readonly Pair[] =>
  to.processes.map((later) => ({ from: from.processes.find(({ pid }) => pid === later.pid), to: later }))
