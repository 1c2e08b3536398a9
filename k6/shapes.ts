/** From a load shape of `sla.config.ts` to a load. Pure: the load that is asked for and the load that is expected are one computation. */
import { sla } from '../sla.config.ts'
import type { Course, LoadShape, LoadShapeName, Objective, PlanName } from '../sla.config.ts'
import { plannedOf } from './schedule.ts'
import type { Leg, Load } from './schedule.ts'

/** An outcome this many limits late says nothing that an earlier one did not say. */
const patienceLimits = 3
const patienceAtLeastMs = 2_000
const settleUsuallyS = 5

/**
 * Virtual users by Little's law: if every arrival took all of its patience, this many would be under
 * way. A slow target then makes slow samples, never dropped iterations, which would excuse it.
 */
const headroom = 1.2

/** The part of the shared config that a load is computed from. */
type Promises = {
  readonly loadShapes: Readonly<Record<LoadShapeName, LoadShape>>
  readonly objectives: Readonly<Record<string, Objective>>
  readonly senders: { readonly retryAfterMs: number }
}

/** Throws when a shape is judged by something that is no latency: shapes of that kind need another scenario. */
export function loadOf(shape: LoadShapeName, plan: PlanName, scale = 1, promises: Promises = sla): Load {
  const {
    latency: objectiveId,
    part = null,
    perMinute,
    seconds,
    batch,
    course,
    runUpS = 0,
    settleS = settleUsuallyS,
  } = promises.loadShapes[shape]
  const objective = promises.objectives[objectiveId]
  if (objective?.kind !== 'latency')
    throw new Error(`Shape ${shape} names ${objectiveId}, which is no latency promise.`)
  const lasts = seconds[plan] * scale
  const legs = course === undefined ? null : legsOf(course, perMinute, lasts)
  const patienceMs = Math.max(patienceAtLeastMs, patienceLimits * objective.limit)
  return {
    shape,
    objectiveId,
    part,
    objective,
    perMinute,
    legs,
    seconds: lasts,
    runUpS,
    planned: legs === null ? Math.floor((perMinute * lasts) / 60) : plannedOf(legs),
    patienceMs,
    settleMs: settleS * 1_000,
    vus: Math.ceil((perMinute / 60_000) * patienceMs * headroom),
    batch,
    retryAfterMs: promises.senders.retryAfterMs,
  }
}

function legsOf({ fromShare, stages }: Course, perMinute: number, seconds: number): readonly Leg[] {
  const rateOf = (share: number) => Math.round(share * perMinute)
  return stages.map(({ toShare, part }, place) => ({
    fromPerMinute: rateOf(stages[place - 1]?.toShare ?? fromShare),
    toPerMinute: rateOf(toShare),
    ms: Math.round(part * seconds * 1_000),
  }))
}
