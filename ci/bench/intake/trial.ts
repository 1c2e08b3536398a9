import { availableParallelism } from 'node:os'
import { sla } from '../../../sla.config.ts'
import { eventsRoutes } from '../../../suites/contract/events.ts'
import { expectOk } from '../../../suites/contract/outcome.ts'
import { barePoster } from '../../../suites/contract/post-target.ts'
import { familyUseOf, useOf } from '../../../suites/contract/process-use-target.ts'
import type { Random } from '../../../suites/contract/random.ts'
import type { Outcome } from '../../../suites/analysis/capacity.ts'
import { nearestRank } from '../../../suites/evidence/nearest-rank.ts'
import { openModel, scheduleLagPremise } from '../../../suites/evidence/open-model.ts'
import { threatSignals } from '../../../suites/events/signals.ts'
import { foreignLoadPremise, readProcessorTime } from '../../run/foreign-load.ts'
import type { Seen } from './bottleneck.ts'
import type { Service } from './service.ts'

/** What is asked of intake: the limit of EVT-STEADY, of the acknowledgement alone. */
export const limitMs = sla.objectives['event-latency-steady'].limit
const quantile = 0.95

export type Trial = {
  readonly ratePerS: number
  readonly offered: number
  readonly taken: number
  /** From the intended send to the acknowledgement; null where nothing was taken in. */
  readonly p95Ms: number | null
  /** Accepted and not yet finished when the last acknowledgement was there. */
  readonly depth: number
  readonly cores: Seen['cores']
  readonly busiestReplica: number
  readonly outcome: Outcome
  /** Why it is no clean trial; empty for a clean one. */
  readonly why: readonly string[]
}

type Uses = { readonly replicas: ReadonlyMap<string, number>; readonly database: number; readonly generator: number }

/** Processor time since their start, in ms. */
async function usesOf({ target, databasePid }: Service): Promise<Uses> {
  const components = expectOk('components', await target.control.components({}))
  const replicas = components.flatMap(({ role, instance, pid }) =>
    role === 'event-replica' && pid !== null ? [[instance, useOf(pid)?.cpuMs ?? 0] as const] : [],
  )
  const { user, system } = process.cpuUsage()
  return {
    replicas: new Map(replicas),
    database: familyUseOf(databasePid)?.cpuMs ?? 0,
    generator: (user + system) / 1_000,
  }
}

function coresBetween(from: Uses, to: Uses, tookMs: number, others: number) {
  const each = [...to.replicas].map(([instance, ms]) => (ms - (from.replicas.get(instance) ?? ms)) / tookMs)
  return {
    cores: {
      replicas: each.reduce((sum, one) => sum + one, 0),
      database: (to.database - from.database) / tookMs,
      generator: (to.generator - from.generator) / tookMs,
      others,
    },
    busiestReplica: Math.max(0, ...each),
  }
}

export type Order = {
  readonly ratePerS: number
  readonly seconds: number
  /** Of the ids, and of what chance draws. */
  readonly name: string
  readonly random: Random
  /** What it takes in is to be worked off meanwhile: no more may be left than so many seconds of it. */
  readonly leftS: number | null
}

/** Offers one rate for a while and says whether intake bore it. */
export async function tryRate(service: Service, { ratePerS, seconds, name, random, leftS }: Order): Promise<Trial> {
  const { target } = service
  const { wire, clock, events } = target
  const url = `${wire?.urlOf('events').replace(/\/$/, '')}${eventsRoutes.postEvent.path}`
  const headers = { Authorization: `Bearer ${wire?.tokens?.sender}` }
  const poster = barePoster()
  const signal = threatSignals(random)
  const roots = new Set([process.pid])
  const [before, used] = [readProcessorTime(roots), await usesOf(service)]
  const startMs = clock.nowMs()
  try {
    const sends = await openModel({
      clock,
      ratePerS,
      count: Math.round(ratePerS * seconds),
      send: async (index) => {
        const body = JSON.stringify({ id: `${name}/${index}`, ...signal() })
        return (await poster.post({ url, headers, body })).status
      },
    })
    const tookMs = clock.nowMs() - startMs
    const foreign = foreignLoadPremise(before, readProcessorTime(roots))
    const seen = coresBetween(used, await usesOf(service), tookMs, foreign.measured)
    const { depth } = expectOk('eventQueue', await events.eventQueue({}))
    const taken = sends.filter(({ value }) => value === eventsRoutes.postEvent.status).length
    // What was not taken in counts as slower than anything that was.
    const p95Ms = nearestRank(
      sends.map(({ value, scheduledAtMs, endedAtMs }) => (value === 202 ? endedAtMs - scheduledAtMs : Infinity)),
      quantile,
    )
    const isLeft = leftS !== null && depth > leftS * ratePerS
    const failures = [
      ...(taken < sends.length ? [`${sends.length - taken} of ${sends.length} not taken in`] : []),
      ...(p95Ms === null || p95Ms >= limitMs ? [`p95 ${p95Ms?.toFixed(0)} ms`] : []),
      ...(isLeft ? [`${depth} events left`] : []),
    ]
    const broken = [foreign, scheduleLagPremise(sends, limitMs)].filter(({ measured, limit }) => measured > limit)
    const isGenerator = seen.cores.generator > sla.premises.generatorCores
    // A generator that is late under overload is late for want of processors: then it is the machine's limit, and a failure.
    const unknown = failures.length === 0 ? broken : broken.filter(({ claim }) => claim === 'foreign load')
    const why = [...failures, ...unknown.map(({ claim, measured, unit }) => `${claim} ${measured.toFixed(1)} ${unit}`)]
    const isUnknown = unknown.length > 0 || isGenerator
    return {
      ratePerS,
      offered: sends.length,
      taken,
      p95Ms,
      depth,
      ...seen,
      outcome: isUnknown ? 'unknown' : failures.length > 0 ? 'fails' : 'holds',
      why: isGenerator ? [...why, `the generator used ${seen.cores.generator.toFixed(2)} cores`] : why,
    }
  } finally {
    poster.close()
  }
}

export const machineCores = availableParallelism()
