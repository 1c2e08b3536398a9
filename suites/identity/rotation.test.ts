import { sla } from '../../sla.config.ts'
import { withWorkloads } from '../contract/workloads.ts'
import { requirement } from '../requirement.ts'
import { validityOf } from './issued-svid.ts'
import { unixSeconds } from './instants.ts'
import { observeRotation, readSvids } from './rotations.ts'

/** Virtual hours cost nothing; real ones are shortened through the lifetime that a registration may ask for. */
const courses = {
  simulation: { workloads: 40, svidTtlS: 3_600, lives: 3 },
  processes: { workloads: 12, svidTtlS: 3, lives: 2 },
  containers: { workloads: 12, svidTtlS: 3, lives: 2 },
  cluster: { workloads: 12, svidTtlS: 3, lives: 2 },
} as const

const { spreadMin } = sla.identity.rotation
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
