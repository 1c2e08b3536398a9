import type { SettingKey, Settings } from '../contract/configuration.ts'
import { eventsRoutes } from '../contract/events.ts'
import { wireClient } from '../contract/http-target.ts'
import { incidentsRoutes } from '../contract/incidents.ts'
import { modelRoutes } from '../contract/model.ts'
import { notificationsRoutes } from '../contract/notifications.ts'
import { expectOk, type Outcome } from '../contract/outcome.ts'
import { remediationRoutes } from '../contract/remediation.ts'
import type { Scenario } from '../requirement.ts'

export type Configured = Scenario<
  'events' | 'incidents' | 'notifications' | 'remediation' | 'model' | 'configuration' | 'mesh'
>
export type Given = Partial<Settings>

/** A service of its own that runs with other settings. */
export type Trial = ReturnType<typeof planesAt> & {
  readonly url: string
  readonly token: string | null
  readonly clock: Configured['target']['clock']
  /** Settings that this service was started with. */
  readonly given: Given
  readonly log: () => Promise<readonly string[]>
  readonly metrics: readonly string[]
}

const leaseMs = 240_000

type Verb = (input: never) => Promise<Outcome<unknown>>
const triesMax = 3

/** Whether it happened is not known, as where a connection ends just when it is used again: what can be repeated is asked once more. */
function patient<T extends Readonly<Record<string, Verb>>>(port: T): T {
  const verbs = Object.entries(port).map(([name, ask]): [string, Verb] => [
    name,
    async (input) => {
      for (let tries = 1; ; tries += 1) {
        const outcome = await ask(input)
        if (outcome.ok || outcome.definite || tries === triesMax) return outcome
      }
    },
  ])
  // The same verbs by the same names.
  return Object.fromEntries(verbs) as T
}

const planesAt = (url: string, token: string | null) => ({
  events: patient(wireClient(eventsRoutes, url, token)),
  incidents: patient(wireClient(incidentsRoutes, url, token)),
  notifications: patient(wireClient(notificationsRoutes, url, token)),
  remediation: patient(wireClient(remediationRoutes, url, token)),
  model: patient(wireClient(modelRoutes, url, token)),
})

/** Runs `body` against a service that was started with these settings, and ends it. Rejects where it does not start. */
export async function onTrial(
  { target }: Configured,
  given: Given,
  body: (trial: Trial) => Promise<void>,
): Promise<void> {
  const { configuration, clock, wire } = target
  const started = expectOk('startTrial', await configuration.startTrial({ settings: given, leaseMs }))
  if (started.state === 'refused')
    throw new Error(`The service refuses settings that are right (${started.keys.join(', ')}): ${started.reason}`)
  const { id, url, metrics } = started
  const token = wire?.tokens?.full ?? null
  const log = async () => expectOk('trialLog', await configuration.trialLog({ id })).lines
  try {
    await body({ ...planesAt(url, token), url, token, clock, given, log, metrics })
  } finally {
    expectOk('endTrial', await configuration.endTrial({ id }))
  }
}

/** Says of one setting whether changing it has changed what is seen. */
export type Alive = (key: SettingKey, what: string, holds: boolean, seen: string) => void

/** Asks until `isEnough`, and answers what was last seen; then, too, when it never is. */
export async function seenWithin<T>(
  { clock }: Pick<Trial, 'clock'>,
  look: () => Promise<T>,
  { isEnough, withinMs }: { readonly isEnough: (seen: T) => boolean; readonly withinMs: number },
): Promise<T> {
  const deadlineMs = clock.nowMs() + withinMs
  for (;;) {
    const seen = await look()
    if (isEnough(seen) || clock.nowMs() > deadlineMs) return seen
    await clock.sleep(50)
  }
}

/** How many events wait and how many are in work, at one instant. */
export async function standing({ events }: Pick<Trial, 'events'>): Promise<{ waiting: number; inWork: number }> {
  const page = expectOk('eventStates', await events.eventStates({ after: 0, limit: 5_000 })).events
  const count = (wanted: string) => page.filter(({ state }) => state === wanted).length
  return { waiting: count('accepted'), inWork: count('routed') }
}
