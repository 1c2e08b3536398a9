import type { Remediation } from '../contract/remediation.ts'
import { requirement } from '../requirement.ts'
import { attackFromNodes, linksUp, membersAgain, nodesNamed } from './attacking-nodes.ts'
import { checkAudit, promised, readOf, rollBack, type Remedied } from './remedy.ts'

/** More than may be acted upon at the same time. */
const nodesAttacking = promised.concurrentMax + 4

/** What waits has not begun: a node without links whose action still waits after they were read was isolated too early. */
async function checkWaiting(scenario: Remedied, waiting: readonly Remediation[]): Promise<void> {
  if (waiting.length === 0) return
  const nodes = await nodesNamed(scenario, new Set(waiting.map(({ subject }) => subject)))
  const cut = new Set(nodes.filter((node) => linksUp(node) === 0).map(({ id }) => id))
  for (const { eventId, subject } of waiting) {
    const states = cut.has(subject) ? (await readOf(scenario, eventId)).map(({ state }) => state) : []
    const seen = `${subject} waits and has no links any more`
    scenario.observe.check('what waits has not begun', !states.includes('waiting'), seen)
  }
}

// More nodes than may be isolated at a time: what waits has not begun, and in the end all are isolated.
requirement('EVT-REMEDIATE-b', ['events', 'remediation', 'mesh'], async (scenario) => {
  const { observe, log } = scenario
  const { chosen, all, most, waitedBeside } = await attackFromNodes(
    scenario,
    nodesAttacking,
    async ({ running, waiting }) => {
      const seen = `${running} run`
      observe.check(`at most ${promised.concurrentMax} run at the same time`, running <= promised.concurrentMax, seen)
      await checkWaiting(scenario, waiting)
    },
  )
  log(`${all.length} nodes isolated, up to ${most} at a time while ${waitedBeside} waited`)
  observe.check('more wait than may run', waitedBeside > 0, `${most} ran, none waited`)
  for (const { subject, attempts } of all)
    observe.check('an action is taken once', attempts === 1, `${subject}: begun ${attempts} times`)
  for (const { subject, state, reason } of all)
    observe.check('a node that attacks is isolated', state === 'applied', `${subject} is ${state}: ${reason}`)
  for (const node of await nodesNamed(scenario, new Set(chosen.map(({ id }) => id))))
    observe.check('an isolated node has no links', linksUp(node) === 0, `${node.id} has ${linksUp(node)}`)
  for (const one of all) await rollBack(scenario, one)
  for (const { isBack, seen } of await membersAgain(scenario, chosen))
    observe.check('a node that was isolated is a member as before', isBack, seen)
  await checkAudit(scenario, all)
})
