import { startChannelReceivers } from '../contract/channel-receivers-target.ts'
import { expectOk } from '../contract/outcome.ts'
import { joinAs, newPeerKey } from '../mesh/peer.ts'
import { changed } from './changed-settings.ts'
import { postPatiently } from './post.ts'
import { attack } from './remedy.ts'
import { threatSignals } from './signals.ts'
import { seenWithin, type Alive, type Configured, type Trial } from './trial.ts'

const patienceMs = 20_000
/** The service's clock and ours need not agree to the millisecond. */
const timerSlack = 0.9

/** An attack that comes from there, under an id of its own; answers the id. */
async function postAttack({ random, seed }: Configured, trial: Trial, from: { name: string; source?: string }) {
  const { name, ...own } = from
  const id = `${seed}/${name}`
  await postPatiently(trial, { ...threatSignals(random.stream(name))(), ...attack, ...own, id })
  return id
}

/** The usual policy, with addresses, as an operator sets it: an incident that nobody answers is escalated when the setting says. */
async function observeEscalation(scenario: Configured, trial: Trial, alive: Alive): Promise<void> {
  const { notifications, clock } = trial
  const dueMs = changed['notifications.escalationMin'] * 60_000
  const { addressed: _, ...usual } = expectOk('notificationPolicy', await notifications.notificationPolicy({}))
  const receivers = await startChannelReceivers()
  const { addresses } = receivers
  try {
    expectOk('setNotificationPolicy', await notifications.setNotificationPolicy({ ...usual, addresses }))
    const postedAtMs = clock.nowMs()
    const eventId = await postAttack(scenario, trial, { name: 'unanswered' })
    const look = async () =>
      expectOk('notifications', await notifications.notifications({ eventId })).some(({ isEscalation }) => isEscalation)
    const isEscalated = await seenWithin(trial, look, { isEnough: (is) => is, withinMs: dueMs + patienceMs })
    const afterMs = clock.nowMs() - postedAtMs
    const seen = `${isEscalated ? 'escalated' : 'not escalated'} after ${(afterMs / 1_000).toFixed(1)} s`
    const isSooner = isEscalated && afterMs >= dueMs * timerSlack
    alive('notifications.escalationMin', 'an incident is escalated sooner', isSooner, seen)
  } finally {
    expectOk('setNotificationPolicy', await notifications.setNotificationPolicy({ ...usual, addresses: {} }))
    await receivers.close()
  }
}

/** A peer of the mesh attacks, and nothing is done to it. */
async function observePreview(scenario: Configured, trial: Trial, alive: Alive): Promise<void> {
  const { mesh } = scenario.target
  const peerId = await joinAs(mesh, 'previewed', newPeerKey())
  try {
    const eventId = await postAttack(scenario, trial, { name: 'previewed', source: peerId })
    const look = async () => expectOk('remediations', await trial.remediation.remediations({ eventId }))[0]?.state
    const isOver = (state: string | undefined) => !['waiting', 'running'].includes(state ?? 'waiting')
    const state = await seenWithin(trial, look, { isEnough: isOver, withinMs: patienceMs })
    alive('remediation.dryRun', 'an action is previewed only', state === 'previewed', `it is ${state ?? 'not there'}`)
  } finally {
    expectOk('leaveMesh', await mesh.leaveMesh({ peerId }))
  }
}

/** What holds until an operator says otherwise: told, and lived. Before anybody has said otherwise. */
export async function observePolicies(scenario: Configured, trial: Trial, alive: Alive): Promise<void> {
  const { escalation } = expectOk('notificationPolicy', await trial.notifications.notificationPolicy({}))
  const isSet = escalation.afterS === changed['notifications.escalationMin'] * 60
  alive('notifications.escalationMin', 'escalation is sooner', isSet, `after ${escalation.afterS} s`)
  const { dryRun } = expectOk('remediationPolicy', await trial.remediation.remediationPolicy({}))
  alive('remediation.dryRun', 'actions are to be previewed only', dryRun, 'actions are to be taken')
  await observeEscalation(scenario, trial, alive)
  await observePreview(scenario, trial, alive)
}
