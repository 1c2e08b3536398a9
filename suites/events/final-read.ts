import type { Clock } from '../contract/clock.ts'
import type { AuditEntry, EventsPlane, EventState } from '../contract/events.ts'
import { expectOk } from '../contract/outcome.ts'

const pageSize = 2_000
const pollMs = 50

/** So long without a change of the queue's depth means that nobody works on it any more. */
const stalledMs = 4_000
const usualPatienceMs = 60_000

/**
 * Waits until the queue is empty, or until it has stopped shrinking, and answers its depth. What is
 * left then is for the checker: a final read before the target had its time would accuse it falsely.
 */
export async function quiesce(events: EventsPlane, clock: Clock, patienceMs = usualPatienceMs): Promise<number> {
  const startedAtMs = clock.nowMs()
  let changedAtMs = startedAtMs
  let last = Number.NaN
  for (;;) {
    const { depth } = expectOk('eventQueue', await events.eventQueue({}))
    const nowMs = clock.nowMs()
    if (depth !== last) changedAtMs = nowMs
    last = depth
    if (depth === 0 || nowMs - changedAtMs > stalledMs || nowMs - startedAtMs > patienceMs) return depth
    await clock.sleep(pollMs)
  }
}

/** Every state that the target knows, page by page, in order of acceptance. */
export async function readStates(events: EventsPlane): Promise<readonly EventState[]> {
  const states: EventState[] = []
  for (let after = 0; ;) {
    const page = expectOk('eventStates', await events.eventStates({ after, limit: pageSize }))
    if (page.events.length === 0) return states
    if (page.next <= after)
      throw new Error(`eventStates repeats cursor ${page.next}: a cursor must move on with a page.`)
    states.push(...page.events)
    after = page.next
  }
}

/** The whole audit chain, page by page. */
export async function readChain(events: EventsPlane): Promise<readonly AuditEntry[]> {
  const chain: AuditEntry[] = []
  for (let from = 0; ;) {
    const { entries } = expectOk('auditTrail', await events.auditTrail({ from, limit: pageSize }))
    const last = entries.at(-1)
    if (last === undefined) return chain
    if (last.sequence < from)
      throw new Error(`auditTrail from ${from} answers entry ${last.sequence}: older ones don't belong there.`)
    chain.push(...entries)
    from = last.sequence + 1
  }
}
