/**
 * A compromised member as the suite can be one itself: it joins with a key of its own and does wrong by the same routes as
 * everybody. Each repeat has peers of its own, so that one mesh takes them all; what they do ends with their calls.
 */
import { sla } from '../sla.config.ts'
import type { Clock } from '../suites/contract/clock.ts'
import type { MeshPlane } from '../suites/contract/mesh.ts'
import { expectOk, type Outcome } from '../suites/contract/outcome.ts'
import { randomFrom, type Random } from '../suites/contract/random.ts'
import type { HistoryItem } from '../suites/evidence/history.ts'
import type { Observe } from '../suites/evidence/recorder.ts'
import { Member } from '../suites/mesh/member.ts'
import { joinAs, newPeerKey, type PeerKey } from '../suites/mesh/peer.ts'
import type { Scenario } from '../suites/requirement.ts'
import { Awaited, measureTimed, timed } from './awaited.ts'
import { calm, expectedFrom, readNodes, steadyBefore, waitSteady } from './steady.ts'

type Tried = Extract<HistoryItem<'forged-refused'>, { type: 'tried' }>

/** By an answer that accepts only what is true. */
export const outcomeOf = (answer: Outcome<unknown>): Tried['outcome'] =>
  answer.ok ? 'accepted' : answer.definite ? 'refused' : 'unanswered'

export type Attacked = {
  readonly mesh: MeshPlane
  readonly clock: Clock
  /** Checks as they are recorded; what is answered at last is whether all of them held. */
  readonly check: Observe['check']
  /** Records something false that was said and what came of it; answers whether it was refused. */
  readonly tried: (item: string, outcome: Tried['outcome']) => boolean
  /** Counts what is wrong and was sent by its answer, and passes that on. */
  readonly hostile: <T>(answer: Outcome<T>) => Outcome<T>
  readonly random: Random
}

export type Attack = {
  readonly injectedAtMs: number
  /** When the mesh told of it; null: it never did. */
  readonly detectedAtMs: number | null
}

/** Joins as a peer that keeps what it posts, with a key of its own unless one is given. */
export async function joinMember({ mesh, clock, random }: Attacked, key: PeerKey = newPeerKey()): Promise<Member> {
  const id = await joinAs(mesh, `member-${random.integer(0, 0x7fff_ffff)}`, key)
  return new Member(mesh, () => clock.nowMs(), { id, key })
}

/**
 * Runs and records an attack as often as the plan says, unless a check fails. That something wrong was sent, and all of it
 * answered, be it with a refusal or with use, proves the effect.
 */
export async function repeatAttack(
  { target, observe, repeats, scale, seed, log }: Scenario<'mesh'>,
  { name, attack }: { readonly name: string; readonly attack: (attacked: Attacked) => Promise<Attack> },
): Promise<void> {
  const { mesh, clock } = target
  expectOk('formMesh', await mesh.formMesh({ nodes: sla.chaos.nodes }))
  const healthy = expectedFrom(await readNodes(mesh))
  const watched = { mesh, clock, expected: healthy }
  if (!(await steadyBefore(observe, watched))) return
  let isWell = true
  const check: Observe['check'] = (claim, holds, ...seen) => {
    isWell &&= holds
    observe.check(claim, holds, ...seen)
  }
  const tried: Attacked['tried'] = (item, outcome) => {
    observe.history('forged-refused', { type: 'tried', item, outcome })
    isWell &&= outcome === 'refused'
    return outcome === 'refused'
  }
  for (let index = 0; index < repeats * scale && isWell; index += 1) {
    const random = randomFrom(`${seed}/attack-${index}`)
    const sent = { hostile: 0, unanswered: 0 }
    const hostile: Attacked['hostile'] = (answer) => {
      sent.hostile += 1
      if (!answer.ok && !answer.definite) sent.unanswered += 1
      return answer
    }
    const { injectedAtMs, detectedAtMs } = await attack({ mesh, clock, check, tried, hostile, random })
    const endedAtMs = clock.nowMs()
    observe.fault({
      fault: name,
      driver: 'peer',
      scope: { attack: index },
      leaseMs: 0,
      injectedAtMs,
      effectProvenAtMs: sent.hostile > 0 && sent.unanswered === 0 ? endedAtMs : null,
      undoneAtMs: endedAtMs,
      residue: [],
    })
    // Nobody asked in between: it came at any time until the answer.
    const first = new Awaited(injectedAtMs)
    if (detectedAtMs !== null) first.look(true, { askedAtMs: injectedAtMs, answeredAtMs: detectedAtMs })
    measureTimed(observe, 'detection', timed(first.known, injectedAtMs))
    isWell &&= detectedAtMs !== null
    log(
      `${name} ${index}: ${detectedAtMs === null ? 'not detected' : `detected after ${detectedAtMs - injectedAtMs} ms`}`,
    )
  }
  const after = await waitSteady({ ...watched, ...calm })
  observe.check('the mesh is as whole as before', after === null, after ?? '')
}
