/**
 * What the mesh uses while datagrams are doubled and damaged: no beacon twice, and none that its origin did not send.
 * The latter is told by the origin's signed root of the epoch: a beacon that it lacks is taken back.
 */
import type { Clock } from '../../suites/contract/clock.ts'
import type { MeshPlane } from '../../suites/contract/mesh.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { openReceipts } from '../../suites/mesh/receipts.ts'
import { followSequences } from '../../suites/mesh/sequences.ts'
import { readBeside } from '../reading.ts'
import type { Besides } from '../recovery.ts'

export type UseWatch = {
  readonly mesh: MeshPlane
  readonly clock: Clock
  readonly observe: Observe
  /** Beacons that may be used although their origin sent no such thing. */
  readonly forgedMax: number
}

/** A root may be asked for anew before what waits for it is taken back. */
const epochsUntilSettled = 4
const pollMs = 250

/** Whatever is a jump in a link's numbers, it is not a beacon that is used twice. */
const anyJump = Number.POSITIVE_INFINITY

/**
 * Waits until roots have decided on as many beacons as are used by now. Answers how many were taken back so far, and how
 * many were not decided on when it gave up: beacons go on and are decided on two epochs later, so that of a mesh whose roots
 * do their work none is.
 */
async function settledUse({
  mesh,
  clock,
}: UseWatch): Promise<{ readonly retracted: number; readonly undecided: number }> {
  const { timerProfile } = expectOk('meshStatus', await mesh.meshStatus({}))
  const { beaconsUsed } = expectOk('meshWork', await mesh.meshWork({}))
  const deadlineMs = clock.nowMs() + epochsUntilSettled * timerProfile.epochMs
  for (;;) {
    const work = expectOk('meshWork', await mesh.meshWork({}))
    const undecided = Math.max(0, beaconsUsed - work.beaconsFinal - work.beaconsRetracted)
    if (undecided === 0 || clock.nowMs() > deadlineMs) return { retracted: work.beaconsRetracted, undecided }
    await clock.sleep(pollMs)
  }
}

/** Reads every receipt from just before a fault until after it. */
export function watchUse(watch: UseWatch): Besides {
  const { mesh, clock, observe, forgedMax } = watch
  const takenBack = async (): Promise<number> => expectOk('meshWork', await mesh.meshWork({})).beaconsRetracted
  return readBeside({
    open: async () => ({ reader: await openReceipts({ mesh, clock }), before: await takenBack() }),
    see: async ({ receipts, dropped }, retractedBefore) => {
      const used = receipts.link.length
      const { repeated } = followSequences(receipts, anyJump)
      const { retracted, undecided } = await settledUse(watch)
      const forged = retracted - retractedBefore
      const lost = { claim: 'receipts complete', limit: 0, unit: 'receipts', noise: true } as const
      observe.premise({ ...lost, measured: dropped })
      observe.check('no beacon is used twice', used > 0 && repeated === 0, `${repeated} of ${used} again`)
      observe.check('roots decide on what was used', undecided === 0, `${undecided} beacons wait for theirs`)
      observe.check(
        `at most ${forgedMax} beacons are used that their origin’s signed root lacks`,
        forged <= forgedMax,
        `${forged} of ${used} taken back`,
      )
      return repeated === 0 && undecided === 0 && forged <= forgedMax
    },
  })
}
