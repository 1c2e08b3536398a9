import type { MeshNode } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Remediation } from '../contract/remediation.ts'
import { requirement } from '../requirement.ts'
import { attack, checkAudit, ended, post, promised, readOf, rollBack, type Remedied } from './remedy.ts'

/** More than may be acted upon at the same time. */
const nodesAttacking = promised.concurrentMax + 4
/** How soon members are known again is no promise of this row: that they are is. */
const linkedAgainWithinMs = 60_000
const pollMs = 50

const linksUp = ({ links }: MeshNode): number => links.filter(({ state }) => state === 'up').length

async function nodesNamed({ target }: Remedied, names: ReadonlySet<string>): Promise<readonly MeshNode[]> {
  return expectOk('meshNodes', await target.mesh.meshNodes({})).filter(({ id }) => names.has(id))
}

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

/** More nodes than may be isolated at a time: what waits has not begun, and in the end all are isolated. */
async function observeNodes(scenario: Remedied): Promise<readonly Remediation[]> {
  const { target, observe, random, log } = scenario
  const linked = expectOk('meshNodes', await target.mesh.meshNodes({})).filter((node) => linksUp(node) > 0)
  const from = random.stream('nodes').integer(0, Math.max(0, linked.length - nodesAttacking))
  const chosen = linked.slice(from, from + nodesAttacking)
  const names = new Set(chosen.map(({ id }) => id))
  const eventIds = await Promise.all(
    chosen.map(({ id }) => post(scenario, { name: `attack-${id}`, source: id, ...attack })),
  )
  let [most, waitedBeside] = [0, 0]
  const all = await ended(scenario, eventIds, async (now) => {
    const inState = (wanted: Remediation['state']) => now.filter(({ state }) => state === wanted)
    const running = inState('running').length
    most = Math.max(most, running)
    if (running > 0) waitedBeside = Math.max(waitedBeside, inState('waiting').length)
    const seen = `${running} run`
    observe.check(`at most ${promised.concurrentMax} run at the same time`, running <= promised.concurrentMax, seen)
    await checkWaiting(scenario, inState('waiting'))
  })
  log(`${all.length} nodes isolated, up to ${most} at a time while ${waitedBeside} waited`)
  observe.check('more wait than may run', waitedBeside > 0, `${most} ran, none waited`)
  for (const { subject, attempts } of all)
    observe.check('an action is taken once', attempts === 1, `${subject}: begun ${attempts} times`)
  for (const { subject, state, reason } of all)
    observe.check('a node that attacks is isolated', state === 'applied', `${subject} is ${state}: ${reason}`)
  for (const node of await nodesNamed(scenario, names))
    observe.check('an isolated node has no links', linksUp(node) === 0, `${node.id} has ${linksUp(node)}`)
  for (const one of all) await rollBack(scenario, one)
  await expectLinked(scenario, chosen)
  return all
}

async function expectLinked(scenario: Remedied, before: readonly MeshNode[]): Promise<void> {
  const { observe, target } = scenario
  const names = new Set(before.map(({ id }) => id))
  const viewed = new Map(before.map(({ id, viewSize }) => [id, viewSize]))
  const isBack = (node: MeshNode) => linksUp(node) > 0 && node.viewSize >= (viewed.get(node.id) ?? 0)
  const deadlineMs = target.clock.nowMs() + linkedAgainWithinMs
  let now = await nodesNamed(scenario, names)
  while (!now.every(isBack) && target.clock.nowMs() < deadlineMs) {
    await target.clock.sleep(pollMs)
    now = await nodesNamed(scenario, names)
  }
  for (const node of now) {
    const seen = `${node.id}: ${linksUp(node)} links, knows ${node.viewSize} members of ${viewed.get(node.id)}`
    observe.check('a node that was isolated is a member as before', isBack(node), seen)
  }
}

requirement('EVT-REMEDIATE-b', ['events', 'remediation', 'mesh'], async (scenario) => {
  await checkAudit(scenario, await observeNodes(scenario))
})
