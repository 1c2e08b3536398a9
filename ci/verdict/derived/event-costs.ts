import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { grownBy, stretchesOf, type Begin } from '../checkers/costs-accounted.ts'
import { derivedSeries, nothingDerived, together, type Derived } from './derived.ts'

type Items = readonly HistoryItem<'costs-accounted'>[]

/** Processor time of all replicas in a ms of a stretch; null where it was not read. */
function cpuShare(from: Begin, to: Begin): number | null {
  const grown = grownBy(from, to, ({ cpuMs }) => cpuMs)
  return grown === null || to.atMs <= from.atMs ? null : grown / (to.atMs - from.atMs)
}

type Held = { readonly bytes: number; readonly events: number; readonly unfinished: number; readonly replicas: number }

/** What all replicas together held; null where none told. */
function heldOf(items: Items, when: Extract<Items[number], { type: 'held' }>['when']): Held | null {
  const all = items.filter((item) => item.type === 'held').filter((item) => item.when === when)
  const [first] = all
  if (first === undefined) return null
  const { events, unfinished } = first
  return { bytes: all.reduce((sum, { heldBytes }) => sum + heldBytes, 0), events, unfinished, replicas: all.length }
}

/** kB that stay of an event when it is finished, and kB that it takes up until then. */
function memoryCosts(items: Items): Derived {
  const [before, after, underWay] = [heldOf(items, 'before'), heldOf(items, 'after'), heldOf(items, 'under-way')]
  const part = (name: string, from: Held | null, to: Held | null, over: number | undefined): Derived => {
    const isWhole = from !== null && to !== null && from.replicas === to.replicas
    if (!isWhole || over === undefined || over <= 0) return nothingDerived
    return derivedSeries(`cost-memory:${name}`, 'kB', [(to.bytes - from.bytes) / 1e3 / over])
  }
  return together([
    part('left-behind', before, after, (after?.events ?? 0) - (before?.events ?? 0)),
    part('under-way', after, underWay, underWay?.unfinished),
  ])
}

/**
 * What one event costs all replicas together. Processor time: what they used under load, less what they use at rest in as
 * long, by the stretch of rest that used less. Memory: what they hold more for each event that is finished, and for each
 * that is under way. Network: what senders and receivers exchanged with them. Disk: the journal's waits for it while every
 * event opened an incident, shared among those.
 */
export function eventCosts(items: Items): Derived {
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
  return together([
    derivedSeries('cost-cpu', 'ms', cpuMs === null ? [] : [cpuMs]),
    derivedSeries('cost-network', 'kB', [(after.outsideBytes - load.outsideBytes) / 1e3 / events]),
    derivedSeries('cost-disk', 'ms', waitedMs === null || opened <= 0 ? [] : [waitedMs / opened]),
    memoryCosts(items),
  ])
}
