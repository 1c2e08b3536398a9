import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { theilSen, type Point } from '../../statistics/theil-sen.ts'
import { grownBy, replicasOf, stretchesOf, type Begin } from '../checkers/costs-accounted.ts'
import { derivedSeries, nothingDerived, together, type Derived } from './derived.ts'
import { blockMedians, leastBlocks } from './resource-slopes.ts'

type Items = readonly HistoryItem<'costs-accounted'>[]

/** Processor time of all replicas in a ms of a stretch; null where it was not read. */
function cpuShare(from: Begin, to: Begin): number | null {
  const grown = grownBy(from, to, ({ cpuMs }) => cpuMs)
  return grown === null || to.atMs <= from.atMs ? null : grown / (to.atMs - from.atMs)
}

/** Resident memory of all replicas against the events so far; only instants at which each of them was read. */
function memoryPoints(items: Items, from: Begin, to: Begin): readonly Point[] {
  const within = replicasOf(items).filter(({ atMs }) => atMs >= from.atMs && atMs < to.atMs)
  return [...Map.groupBy(within, ({ atMs }) => atMs).values()].flatMap((uses) => {
    const [first] = uses
    // What is read once all have been taken in shares one x, and says nothing of growth.
    if (first === undefined || uses.length < from.replicas.size || first.events >= to.events) return []
    return [{ x: first.events, y: uses.reduce((sum, { residentBytes }) => sum + residentBytes, 0) / 1e3 }]
  })
}

/**
 * What one event costs all replicas together. Processor time: what they used under load, less what they use at rest in as
 * long, by the stretch of rest that used less. Memory: what stays of an event, by the slope of what is resident over what
 * was taken in. Network: what senders and receivers exchanged with them. Disk: the journal's waits for it while every event
 * opened an incident, shared among those.
 */
export function eventCosts(items: Items, confidence: number): Derived {
  const stretches = stretchesOf(items)
  if (stretches === null) return nothingDerived
  const { rest, load, 'rest-again': after, incidents, end } = stretches
  const events = after.events - load.events
  const opened = end.incidents - incidents.incidents
  if (events <= 0) return nothingDerived
  const [busy, ...idle] = [cpuShare(load, after), cpuShare(rest, load), cpuShare(after, incidents)]
  const [before, later] = idle
  const cpuMs =
    busy == null || before == null || later == null
      ? null
      : ((busy - Math.min(before, later)) * (after.atMs - load.atMs)) / events
  const waitedMs =
    end.journal === null || incidents.journal === null ? null : end.journal.waitedMs - incidents.journal.waitedMs
  const medians = blockMedians(memoryPoints(items, load, after))
  const slope = medians.length < leastBlocks ? null : theilSen(medians, confidence)
  const spanS = (after.atMs - load.atMs) / 1_000
  return together([
    derivedSeries('cost-cpu', 'ms', cpuMs === null ? [] : [cpuMs]),
    derivedSeries('cost-network', 'kB', [(after.outsideBytes - load.outsideBytes) / 1e3 / events]),
    derivedSeries('cost-disk', 'ms', waitedMs === null || opened <= 0 ? [] : [waitedMs / opened]),
    {
      ...nothingDerived,
      bounded: slope === null ? [] : [{ name: 'cost-memory', unit: 'kB', ...slope, n: medians.length, spanS }],
    },
  ])
}
