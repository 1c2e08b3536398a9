import { sla } from '../../sla.config.ts'
import type { ThreatEvent } from '../contract/events.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Remediation } from '../contract/remediation.ts'
import type { Scenario } from '../requirement.ts'
import { readChain } from './final-read.ts'
import { postPatiently } from './post.ts'
import { threatSignals } from './signals.ts'

export type Remedied = Scenario<'events' | 'remediation' | 'mesh'>

export const promised = sla.deployment.events.remediation
export const attack = { kind: 'u2r', severity: 10, confidence: 1 } as const

const pollMs = 50
const endWithinMs = 20_000
const ends: readonly Remediation['state'][] = ['applied', 'previewed', 'failed', 'rolled-back']

/** Posts an event that has these signs; an answer that did not come is asked for once more with the same id. */
export async function post(
  { target, random, seed }: Remedied,
  own: Partial<ThreatEvent> & { name: string },
): Promise<string> {
  const { name, ...signs } = own
  const id = `${seed}/${name}`
  const event = { ...threatSignals(random.stream(name))(), ...signs, id }
  await postPatiently(target, event).catch(() => postPatiently(target, event))
  return id
}

export const readOf = async ({ target }: Remedied, eventId: string): Promise<readonly Remediation[]> =>
  expectOk('remediations', await target.remediation.remediations({ eventId }))

/** Waits until every event has its action and none is under way; `watch` sees each reading. */
export async function ended(
  scenario: Remedied,
  eventIds: readonly string[],
  watch: (all: readonly Remediation[]) => Promise<void> = async () => undefined,
): Promise<readonly Remediation[]> {
  const { clock } = scenario.target
  const deadlineMs = clock.nowMs() + endWithinMs
  for (;;) {
    const all = (await Promise.all(eventIds.map((id) => readOf(scenario, id)))).flat()
    await watch(all)
    const isOver = all.length >= eventIds.length && all.every(({ state }) => ends.includes(state))
    if (isOver || clock.nowMs() > deadlineMs) return all
    await clock.sleep(pollMs)
  }
}

/** Rolls an applied action back, and once more. */
export async function rollBack({ target, observe }: Remedied, { id, state }: Remediation): Promise<void> {
  if (state !== 'applied') return
  const first = await target.remediation.rollBack({ id })
  const seen = first.ok ? first.value.state : first.error
  observe.check('an applied action is rolled back', first.ok && first.value.state === 'rolled-back', `${id}: ${seen}`)
  const again = await target.remediation.rollBack({ id })
  const isRefused = !again.ok && again.definite && again.status === 409
  observe.check(
    'what is rolled back is not rolled back again',
    isRefused,
    `${id}: ${again.ok ? 'it was' : again.error}`,
  )
}

/** Action and rollback are in the audit trail, each once. */
export async function checkAudit({ target, observe }: Remedied, all: readonly Remediation[]): Promise<void> {
  const chain = await readChain(target.events)
  for (const { eventId, subject, state } of all) {
    const count = (kind: string) => chain.filter((entry) => entry.eventId === eventId && entry.kind === kind).length
    const expected = state === 'previewed' ? 0 : 1
    const seen = `${subject}: taken ${count('remediated')}, rolled back ${count('remediation-rolled-back')} times`
    const isOnce = count('remediated') === expected && count('remediation-rolled-back') === expected
    observe.check('the audit trail tells action and rollback once', isOnce, seen)
  }
}
