/**
 * Proof that a fault took effect, from the receipt stream: traffic that must have stopped has stopped
 * while other traffic goes on. A fault without effect makes its row INCONCLUSIVE, never green.
 */
import type { Clock } from '../suites/contract/clock.ts'
import type { MeshPlane } from '../suites/contract/mesh.ts'
import { expectOk } from '../suites/contract/outcome.ts'

export type EffectProof = {
  readonly proven: boolean
  readonly provenAtMs: number | null
  /** What was seen, for the journal and the premise. */
  readonly seen: string
}

/** One beacon as its receiver reported it. */
export type Passage = {
  readonly origin: string
  readonly receiver: string
  readonly scheduledAtMs: number
  readonly usedAtMs: number
}

export type PassageStream = { readonly read: () => Promise<readonly Passage[]> }

/** Receipts from now on, one beacon a row. */
export async function openPassages(mesh: MeshPlane): Promise<PassageStream> {
  let cursor = expectOk('meshReceipts', await mesh.meshReceipts({ after: -1 })).next
  return {
    read: async () => {
      const page = expectOk('meshReceipts', await mesh.meshReceipts({ after: cursor }))
      cursor = page.next
      return page.batches.flatMap(({ receiver, origin, scheduledAtMs, usedAtMs }) =>
        origin.map((from, index) => ({
          origin: from,
          receiver,
          scheduledAtMs: scheduledAtMs[index] ?? Number.NaN,
          usedAtMs: usedAtMs[index] ?? Number.NaN,
        })),
      )
    },
  }
}

/** Which beacons a fault must stop. */
export type Silenced = (origin: string, receiver: string) => boolean

/** No beacon for so long proves silence where many a second went before: at 100 a second, 20 in a row are missing. */
const quietMs = 200
const giveUpMs = 3_000
const pollMs = 50

/** How many beacons of the traffic to be silenced pass before the fault; without any, silence would prove nothing. */
export async function trafficBefore(mesh: MeshPlane, clock: Clock, silenced: Silenced): Promise<number> {
  const stream = await openPassages(mesh)
  await clock.sleep(quietMs)
  return (await stream.read()).filter(({ origin, receiver }) => silenced(origin, receiver)).length
}

/**
 * Proves that `silenced` traffic scheduled after the injection is not used for 200 ms while other
 * traffic is; not proven after 3 s, or when nothing was there to be silenced. Times in ms.
 */
export async function proveSilence(options: {
  readonly mesh: MeshPlane
  readonly clock: Clock
  readonly silenced: Silenced
  readonly before: number
  readonly appliedAtMs: number
  readonly renew: () => Promise<void>
}): Promise<EffectProof> {
  const { mesh, clock, silenced, before, appliedAtMs, renew } = options
  if (before === 0) return { proven: false, provenAtMs: null, seen: 'no such beacon passed before the fault' }
  const stream = await openPassages(mesh)
  let lastAtMs = Math.max(appliedAtMs, clock.nowMs())
  let others = 0
  let leaked = 0
  const seen = () => `${before} beacons in 200 ms before, ${leaked} after, ${others} of others go on`
  while (clock.nowMs() - appliedAtMs < giveUpMs) {
    await clock.sleep(pollMs)
    await renew()
    const nowMs = clock.nowMs()
    for (const { origin, receiver, scheduledAtMs, usedAtMs } of await stream.read()) {
      if (scheduledAtMs <= appliedAtMs) continue
      if (!silenced(origin, receiver)) others += 1
      else {
        leaked += 1
        lastAtMs = Math.max(lastAtMs, usedAtMs)
      }
    }
    if (others > 0 && nowMs - lastAtMs >= quietMs) return { proven: true, provenAtMs: nowMs, seen: seen() }
  }
  return { proven: false, provenAtMs: null, seen: seen() }
}
