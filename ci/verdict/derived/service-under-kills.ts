/** What killed replicas cost: gaps, failed requests, latency while some are missing, and the time until the service is steady again. */
import { sla } from '../../../sla.config.ts'
import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { killedLoads, type KilledLoad } from '../checkers/replica-always-serving.ts'
import { derivedSeries, nothingDerived, together, type Derived } from './derived.ts'

/** Resolution of a recovery, as elsewhere. */
const stepMs = sla.chaos.resolutionMs
/** Steady state is looked at in stretches of this length: long enough for a p95. */
const lookMs = 1_000

/** Longest stretch of the load in which no event was taken in, its two ends included. */
export function longestGapMs({ load, events }: Pick<KilledLoad, 'load' | 'events'>): number {
  const successes = events
    .flatMap(({ acceptedAtMs }) => acceptedAtMs ?? [])
    .filter((atMs) => atMs >= load.fromMs && atMs <= load.toMs)
  const ends = [load.fromMs, ...successes.sort((a, b) => a - b), load.toMs]
  return ends.reduce((longest, atMs, index) => Math.max(longest, atMs - (ends[index - 1] ?? atMs)), 0)
}

type Scored = { readonly dueAtMs: number; readonly clean: boolean; readonly inTime: boolean }

/** Place of the first event due at or after an instant; events are in order of time. */
function placeOf(scored: readonly Scored[], atMs: number): number {
  let [low, high] = [0, scored.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((scored[middle]?.dueAtMs ?? 0) < atMs) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether [fromMs, toMs) is steady: no request of it failed, and in each part of it enough events came in time. */
function isSteady(scored: readonly Scored[], quantile: number, { fromMs, toMs }: { fromMs: number; toMs: number }) {
  for (let atMs = fromMs; atMs < toMs; atMs += lookMs) {
    const part = scored.slice(placeOf(scored, atMs), placeOf(scored, Math.min(toMs, atMs + lookMs)))
    const late = part.filter(({ inTime }) => !inTime).length
    if (part.length === 0 || part.some(({ clean }) => !clean) || late > (1 - quantile) * part.length) return false
  }
  return true
}

/** Ms from the last kill to the first steady state that is then held; null when the load ended before. */
export function recoveryMs({ load, kills, events }: KilledLoad): number | null {
  const last = kills.at(-1)
  if (last === undefined) return null
  const { quantile, limitMs, heldMs } = load.steady
  const scored = events
    .filter(({ dueAtMs }) => dueAtMs >= last.atMs)
    .map(({ dueAtMs, alertedAtMs, acceptedAtMs, failures }) => ({
      dueAtMs,
      clean: failures === 0 && acceptedAtMs !== null,
      inTime: alertedAtMs !== null && alertedAtMs - dueAtMs <= limitMs,
    }))
    .sort((a, b) => a.dueAtMs - b.dueAtMs)
  for (let fromMs = last.atMs; fromMs + heldMs <= load.toMs; fromMs += stepMs)
    if (isSteady(scored, quantile, { fromMs, toMs: fromMs + heldMs })) return fromMs - last.atMs
  return null
}

/** From the first kill until as many replicas are up as before it; to the end of the load where that never was. */
function degraded({ load, kills, replicas }: KilledLoad): { readonly fromMs: number; readonly toMs: number } | null {
  const [first, last] = [kills[0], kills.at(-1)]
  if (first === undefined || last === undefined) return null
  const before = Math.max(0, ...replicas.filter(({ atMs }) => atMs < first.atMs).map(({ up }) => up))
  // A supervisor takes a moment to notice: a reading that still counts the victim is no replacement.
  const missed = replicas.find(({ atMs, up }) => atMs >= last.atMs && up < before)
  const whole = missed && replicas.find(({ atMs, up }) => atMs >= missed.atMs && up >= before)
  return { fromMs: first.atMs, toMs: whole?.atMs ?? load.toMs }
}

function ofOneLoad(killed: KilledLoad): Derived {
  const { load, kills, events } = killed
  if (kills.length === 0 || events.length === 0) return nothingDerived
  const gapS = longestGapMs(killed) / 1_000
  const failedFirst = events.filter(({ failures }) => failures > 0).length
  const failedAgain = events.filter(({ acceptedAtMs }) => acceptedAtMs === null).length
  const recovered = recoveryMs(killed)
  const missing = degraded(killed)
  const during = events.filter(({ dueAtMs }) => missing !== null && dueAtMs >= missing.fromMs && dueAtMs < missing.toMs)
  // What never came is later than anything that did.
  const latencies = during.map(({ dueAtMs, alertedAtMs }) =>
    alertedAtMs === null ? Number.MAX_VALUE : alertedAtMs - dueAtMs,
  )
  const { faultsIn30Days, gapS: promisedS } = load.budget
  return together([
    derivedSeries('failover-gap', 's', [gapS]),
    derivedSeries('failover-first-try-failures', '1', [failedFirst / events.length]),
    derivedSeries('failover-retry-failures', '1', [failedAgain]),
    derivedSeries('event-outage-budget', 's', [faultsIn30Days * Math.max(promisedS, gapS)]),
    derivedSeries('cascade-recovery', 's', [recovered === null ? null : recovered / 1_000], stepMs / 1_000),
    { ...nothingDerived, latencies: [{ name: 'event-latency-degraded:with replicas missing', values: latencies }] },
  ])
}

/** Every load by itself; a row judges what it cites. */
export const serviceUnderKills = (items: readonly HistoryItem<'replica-always-serving'>[]): Derived =>
  together(killedLoads(items).map(ofOneLoad))
