import type { Outcome } from '../contract/outcome.ts'
import { threatSignals } from './signals.ts'
import type { Alive, Configured, Given, Trial } from './trial.ts'

/** So few that every machine can ask more often. */
export const rates = { 'requests.intakePerS': 12, 'requests.administrationPerS': 12 } as const satisfies Given

const asked = 240

/** One caller asks many times at once: no more is let in than a bucket of one second holds and what flows into it. */
async function observeRate(
  { observe }: Configured,
  { clock }: Trial,
  rate: { readonly perS: number; readonly ask: (index: number) => Promise<Outcome<unknown>> },
): Promise<{ readonly holds: boolean; readonly seen: string }> {
  const startedAtMs = clock.nowMs()
  const answers = await Promise.all(Array.from({ length: asked }, (_, index) => rate.ask(index)))
  const tookS = (clock.nowMs() - startedAtMs) / 1_000
  const refused = answers.filter((answer) => !answer.ok && answer.status === 429).length
  const letIn = asked - refused
  const most = Math.ceil(rate.perS * (1 + tookS))
  const seen = `${letIn} let in and ${refused} refused in ${tookS.toFixed(2)} s`
  observe.premise({
    claim: 'positive control',
    measured: Math.max(0, most + 1 - asked),
    limit: 0,
    unit: 'requests too few to be refused',
    noise: true,
    detail: seen,
  })
  return { holds: refused > 0 && letIn <= most, seen }
}

/** Events and everything else of one caller, each at its own rate. */
export async function observeRates(scenario: Configured, trial: Trial, alive: Alive): Promise<void> {
  const signal = threatSignals(scenario.random.stream('rates'))
  const intake = await observeRate(scenario, trial, {
    perS: rates['requests.intakePerS'],
    ask: (index) => trial.events.postEvent({ ...signal(), id: `${scenario.seed}/rates/${index}` }),
  })
  alive('requests.intakePerS', 'fewer events a second are let in', intake.holds, intake.seen)
  const move = { id: 'none', to: 'investigating', by: 'suite', note: '' } as const
  const administration = await observeRate(scenario, trial, {
    perS: rates['requests.administrationPerS'],
    ask: () => trial.incidents.moveIncident(move),
  })
  const { holds, seen } = administration
  alive('requests.administrationPerS', 'fewer changes a second are let in', holds, seen)
}
