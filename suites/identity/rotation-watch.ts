import { sla } from '../../sla.config.ts'
import { withWorkloads } from '../contract/workloads.ts'
import type { Scenario } from '../requirement.ts'
import { unixSeconds } from './instants.ts'
import { observeRotation, readSvids, recordHeld } from './rotations.ts'

export type RotationCourse = {
  readonly workloads: number
  readonly svidTtlS: number
  /** How many lives of an SVID the workloads are watched for. */
  readonly lives: number
}

const { spreadMin } = sla.identity.rotation

/**
 * Workloads hold their streams open over several lives of an SVID. What is judged are the arrivals: when each came, and
 * whether at that instant the former SVID was still, and the new one already, valid.
 */
export async function watchRotations(
  { target, observe, random, seed, log }: Scenario<'identity'>,
  { workloads, svidTtlS, lives }: RotationCourse,
): Promise<void> {
  const { identity, clock } = target
  const toUnixS = await unixSeconds(identity, clock)
  await withWorkloads({ identity, random }, async ({ register, hold }) => {
    const streams = await Promise.all(
      Array.from({ length: workloads }, async (_, index) => {
        const { endpoint, spiffeId } = await register(`rotation-${index}`, { svidTtlS })
        return { stream: await hold(endpoint), spiffeId }
      }),
    )
    const fromMs = clock.nowMs()
    await clock.sleep(lives * svidTtlS * 1_000)
    const watch = { observe, watch: seed, toUnixS, fromMs, toMs: clock.nowMs() }
    const shares: number[] = []
    for (const { stream, spiffeId } of streams) {
      const seen = readSvids(observe, stream.messages())
      for (const [index, after] of seen.entries()) {
        const before = seen[index - 1]
        if (before !== undefined) shares.push(observeRotation({ observe, svidTtlS, toUnixS }, before, after))
      }
      recordHeld(watch, spiffeId, seen)
      const end = stream.ended()
      observe.check('a stream survives rotation', end === null, `ended with ${end?.code}`)
    }
    const spread = Math.max(...shares) - Math.min(...shares)
    observe.check('rotations are spread by jitter', spread >= spreadMin, `${shares.length} within ${spread} of a life`)
    log(`${shares.length} rotations of ${workloads} workloads, lifetime ${svidTtlS} s`)
  })
}
