import { sla } from '../../sla.config.ts'
import type { SvidMessage, X509Svid } from '../contract/identity.ts'
import { withWorkloads } from '../contract/workloads.ts'
import type { Observe } from '../evidence/recorder.ts'
import { requirement } from '../requirement.ts'
import { chainVerifies, keyMatches, leafOf, unreadable, validityOf } from './issued-svid.ts'
import { unixSeconds } from './instants.ts'

/** Virtual hours cost nothing; real ones are shortened through the lifetime that a registration may ask for. */
const courses = {
  simulation: { workloads: 40, svidTtlS: 3_600, lives: 3 },
  processes: { workloads: 12, svidTtlS: 3, lives: 2 },
  containers: { workloads: 12, svidTtlS: 3, lives: 2 },
  cluster: { workloads: 12, svidTtlS: 3, lives: 2 },
} as const

const { lifeShare, slackMs, spreadMin } = sla.identity.rotation
/** Certificates count whole seconds: an SVID may end up to one second before its lifetime is over. */
const wholeSecondS = 1

type Seen = { readonly atMs: number; readonly svid: X509Svid }
type Around = { readonly observe: Observe; readonly svidTtlS: number; readonly toUnixS: (atMs: number) => number }

/** One rotation: what came, when, and whether the workload could have missed an instant in between. */
function observeRotation({ observe, svidTtlS, toUnixS }: Around, before: Seen, after: Seen): number {
  const tookMs = after.atMs - before.atMs
  const who = after.svid.spiffeId
  const atS = toUnixS(after.atMs)
  const [old, fresh] = [validityOf(before.svid), validityOf(after.svid)]
  const isCovered = atS < old.toS && atS >= fresh.fromS && atS < fresh.toS
  const seen = `${who}: at ${atS.toFixed(1)}, old until ${old.toS}, new from ${fresh.fromS}`
  observe.check('no instant without a valid SVID', isCovered, seen)
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

/** What can't be read at all can't be held against anything else: it fails here, and nowhere further on. */
function readSvids(observe: Observe, messages: readonly SvidMessage[]): readonly Seen[] {
  return messages.flatMap(({ atMs, svids }) =>
    svids.flatMap((svid): Seen[] => {
      const unread = unreadable(svid)
      if (unread === null) return [{ atMs, svid }]
      observe.check('a rotated SVID is usable', false, `${svid.spiffeId}: ${unread}`)
      return []
    }),
  )
}

// Workloads hold their streams open over several lives of an SVID. What is judged are the arrivals: when each came, and
// whether at that instant the former SVID was still, and the new one already, valid.
requirement('ID-ROTATE', ['identity'], async ({ target, tier, observe, random, repeats, scale, log }) => {
  const { identity, clock } = target
  const { workloads, svidTtlS, lives } = courses[tier]
  const toUnixS = await unixSeconds(identity, clock)
  await withWorkloads({ identity, random }, async ({ register, hold }) => {
    const streams = await Promise.all(
      Array.from({ length: workloads }, async (_, index) =>
        hold((await register(`rotation-${index}`, { svidTtlS })).endpoint),
      ),
    )
    // Where a plan repeats faults, it also watches for longer; virtual hours are as good as days.
    const times = tier === 'simulation' ? scale : scale * repeats
    await clock.sleep(lives * times * svidTtlS * 1_000)
    const nowS = toUnixS(clock.nowMs())
    const shares: number[] = []
    for (const stream of streams) {
      const seen = readSvids(observe, stream.messages())
      for (const [index, after] of seen.entries()) {
        const before = seen[index - 1]
        if (before !== undefined) shares.push(observeRotation({ observe, svidTtlS, toUnixS }, before, after))
      }
      const last = seen.at(-1)
      const endS = last === undefined ? 0 : validityOf(last.svid).toS
      observe.check('no instant without a valid SVID', nowS < endS, `the last one ended at ${endS}, now ${nowS}`)
      const end = stream.ended()
      observe.check('a stream survives rotation', end === null, `ended with ${end?.code}`)
    }
    const spread = Math.max(...shares) - Math.min(...shares)
    observe.check('rotations are spread by jitter', spread >= spreadMin, `${shares.length} within ${spread} of a life`)
    log(`${shares.length} rotations of ${workloads} workloads, lifetime ${svidTtlS} s`)
  })
})
