import { promisedSettings } from '../contract/configuration.ts'
import { expectOk } from '../contract/outcome.ts'
import { attackFromNodes, membersAgain } from './attacking-nodes.ts'
import { rollBack, type Remedied } from './remedy.ts'
import type { Alive, Configured, Given, Trial } from './trial.ts'

/** Far fewer than promised, and more than one: the third waits. */
export const atOnce = { 'remediation.concurrentMax': 2 } as const satisfies Given

const key = 'remediation.concurrentMax'
/** More than may be acted upon at once in the one trial, and fewer than in the other. */
const attacking = 6

/**
 * Nodes of the mesh attack a trial. Where two may be acted upon at once the third waits; as promised more run at once. Nodes,
 * because isolating one takes seconds: its neighbours must miss it. Afterwards they are members as before.
 */
export async function observeActionsAtOnce(scenario: Configured, trial: Trial, alive: Alive): Promise<void> {
  const { target, log } = scenario
  const { events, remediation } = trial
  const here: Remedied = { ...scenario, target: { ...target, events, remediation } }
  expectOk('setRemediationPolicy', await remediation.setRemediationPolicy({ enabled: true, dryRun: false }))
  const { chosen, all, most, waitedBeside } = await attackFromNodes(here, attacking)
  if (chosen.length < attacking)
    throw new Error(
      `${chosen.length} nodes of the mesh have links, ${attacking} are to attack: give the target a larger one.`,
    )
  const limit = trial.given[key] ?? promisedSettings[key]
  const seen = `of ${all.length} actions up to ${most} run at once while ${waitedBeside} wait`
  log(`${key} is ${limit}: ${seen}`)
  if (limit < attacking) alive(key, `the ${limit + 1}rd action waits`, most === limit && waitedBeside > 0, seen)
  else alive(key, 'more actions run at once', most > atOnce[key], seen)
  for (const one of all) await rollBack(here, one)
  await membersAgain(here, chosen)
}
