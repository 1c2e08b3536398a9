/** Rotations as a workload sees them: what it is handed, when, and whether it could have been nobody in between. */
import { sla } from '../../sla.config.ts'
import type { SvidMessage, X509Svid } from '../contract/identity.ts'
import type { Observe } from '../evidence/recorder.ts'
import { chainVerifies, keyMatches, leafOf, unreadable, validityOf } from './issued-svid.ts'

const { lifeShare, slackMs } = sla.identity.rotation
/** Certificates count whole seconds: an SVID may end up to one second before its lifetime is over. */
const wholeSecondS = 1

/** An SVID, and when it came. */
export type Seen = { readonly atMs: number; readonly svid: X509Svid }
export type RotationScene = {
  readonly observe: Observe
  readonly svidTtlS: number
  readonly toUnixS: (atMs: number) => number
}

/** One rotation: what came, and when; whether an instant was missed in between is for the judge to say. Answers after which share of its life the old one was replaced. */
export function observeRotation({ observe, svidTtlS, toUnixS }: RotationScene, before: Seen, after: Seen): number {
  const tookMs = after.atMs - before.atMs
  const who = after.svid.spiffeId
  const atS = toUnixS(after.atMs)
  const [old, fresh] = [validityOf(before.svid), validityOf(after.svid)]
  const share = tookMs / 1_000 / svidTtlS
  const slack = slackMs / 1_000 / svidTtlS
  const isTimely = share >= lifeShare.from - slack && share <= lifeShare.to + slack
  observe.check(
    'a new SVID comes at half of the life, give or take 10 %',
    isTimely,
    `${who}: after ${share.toFixed(3)}`,
  )
  const overlapS = old.toS - Math.max(atS, fresh.fromS)
  const leastS = (1 - lifeShare.to) * svidTtlS - slackMs / 1_000 - wholeSecondS
  observe.check('old and new overlap', overlapS >= leastS, `${who}: ${overlapS.toFixed(1)} s`)
  const [oldLeaf, newLeaf] = [leafOf(before.svid), leafOf(after.svid)]
  const isNew = oldLeaf.serialNumber !== newLeaf.serialNumber && !oldLeaf.publicKey.equals(newLeaf.publicKey)
  observe.check('a rotation draws a new key and a new serial number', isNew, `${who}: ${newLeaf.serialNumber} again`)
  const isUsable = keyMatches(after.svid) && chainVerifies(after.svid) && who === before.svid.spiffeId
  observe.check('a rotated SVID is usable', isUsable, `${who}: not its key, its bundle or its name`)
  return share
}

type Watch = {
  readonly observe: Observe
  /** Tells one watch from another. */
  readonly watch: string
  readonly toUnixS: (atMs: number) => number
  /** Instants on the suite's clock. */
  readonly fromMs: number
  readonly toMs: number
  /** While nobody can be given an SVID, and until one must be regained. */
  readonly excused?: readonly { readonly fromMs: number; readonly toMs: number }[]
}

/** Records what one workload held, for the judge to find instants without an SVID in force. It is watched from its first one on. */
export function recordHeld(
  { observe, watch, toUnixS, fromMs, toMs, excused = [] }: Watch,
  workload: string,
  seen: readonly Seen[],
): void {
  observe.history('identity-held', {
    watch,
    workload,
    fromS: toUnixS(Math.max(fromMs, seen[0]?.atMs ?? fromMs)),
    toS: toUnixS(toMs),
    svids: seen.map(({ atMs, svid }) => {
      const { fromS: notBeforeS, toS: notAfterS } = validityOf(svid)
      return { atS: toUnixS(atMs), notBeforeS, notAfterS }
    }),
    absentMaxS: sla.identity.rotation.absentMaxS,
    excused: excused.map((stretch) => ({ fromS: toUnixS(stretch.fromMs), toS: toUnixS(stretch.toMs) })),
  })
}

/** What can't be read at all can't be held against anything else: it fails here, and nowhere further on. */
export function readSvids(observe: Observe, messages: readonly SvidMessage[]): readonly Seen[] {
  return messages.flatMap(({ atMs, svids }) =>
    svids.flatMap((svid): Seen[] => {
      const unread = unreadable(svid)
      if (unread === null) return [{ atMs, svid }]
      observe.check('a rotated SVID is usable', false, `${svid.spiffeId}: ${unread}`)
      return []
    }),
  )
}
