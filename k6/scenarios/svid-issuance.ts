/**
 * SLA-IDENTITY-RATE: workloads ask the SPIFFE Workload API for identities at a constant arrival rate,
 * a batch at a time, over gRPC. One is counted in the second in which it was usable: parsed, in
 * force, with its own key, under its bundle, and not handed out before. Keys are made by the authority, as FetchX509SVID has
 * it. Afterwards the ML-DSA-65 authority, where the target has one, is asked as fast as it answers:
 * its rate stands beside the promise, which is for P-256.
 */
import http from 'k6/http'
import { fetchSvids, nowMs, scenarioStartMs } from 'k6/x/meshcert'
import type { Fetched } from 'k6/x/meshcert'
import type { AuthorityKind } from '../../suites/contract/identity.ts'
import { fieldsOf, seen } from '../answer.ts'
import { environment } from '../environment.ts'
import { loadOfRun, optionsOf } from '../load-of-run.ts'
import { arrival, beginMeter, check, endMeter, finish, sample, unit } from '../recording.ts'
import type { Meter } from '../recording.ts'
import { writeSummary } from '../summary.ts'

const load = loadOfRun('svid-issuance')

/** Requests go round over this many workloads of each authority, each with an endpoint of its own. */
const workloadsEach = 20
/** Nothing is counted so long: a target that was just started compiles its code meanwhile. */
const warmUpMs = 1_500
/** The second authority is asked for this part of the load's length, at least 2 s. */
const besideShare = 0.25

const countedS = Math.floor(load.seconds) - load.runUpS

export const options = { ...optionsOf(load, 1), teardownTimeout: '60s' }

type Workload = { readonly endpoint: string; readonly spiffeId: string }
type Run = { readonly meter: Meter; readonly asked: readonly Workload[]; readonly beside: readonly Workload[] }

const url = (path: string): string => `${environment.targetUrl()}${path}`

function register(authority: AuthorityKind): readonly Workload[] {
  return Array.from({ length: workloadsEach }, (_, index) => {
    const path = `/suite/${environment.runKey().toLowerCase()}/${authority}-${index}`
    const body = JSON.stringify({ path, authority })
    const answer = http.post(url('/v1/identity/workloads'), body, { headers: { 'Content-Type': 'application/json' } })
    const { endpoint, spiffeId } = fieldsOf(answer)
    if (typeof endpoint !== 'string' || typeof spiffeId !== 'string') {
      throw new Error(`Workload ${path} could not be registered: ${seen(answer)}`)
    }
    return { endpoint, spiffeId }
  })
}

export function setup(): Run {
  const { authorities } = fieldsOf(http.get(url('/v1/identity')))
  const kinds: readonly unknown[] = Array.isArray(authorities) ? authorities : []
  if (!kinds.includes('P-256')) throw new Error('The target has no P-256 authority, for which the rate is promised.')
  const asked = register('P-256')
  const beside = kinds.includes('ML-DSA-65') ? register('ML-DSA-65') : []
  const fromMs = nowMs()
  while (nowMs() - fromMs < warmUpMs) fetchSvids(asked, load.patienceMs)
  return { meter: beginMeter(), asked, beside }
}

/** A target that answers nonsense fails checks; one that does not answer in time is a missing identity. */
function observeUsable(fetched: readonly Fetched[]): void {
  const wrong = fetched.find(({ problem, answered }) => answered && problem !== '')
  check('an identity that was handed out is usable and new', wrong === undefined, () => wrong?.problem ?? '')
}

export default function ({ asked }: Run): void {
  const { index, scheduledAtMs } = arrival(load)
  const startMs = scenarioStartMs()
  const batch = Array.from({ length: load.batch }, (_, place) => asked[(index * load.batch + place) % asked.length])
  const patienceMs = Math.max(1, scheduledAtMs + load.patienceMs - nowMs())
  const fetched = fetchSvids(
    batch.filter((workload) => workload !== undefined),
    patienceMs,
  )
  observeUsable(fetched)
  for (const { problem, endedAtMs } of fetched) {
    if (problem === '') unit('identity-rate', endedAtMs - startMs - load.runUpS * 1_000, countedS)
  }
  const isWhole = fetched.every(({ problem }) => problem === '')
  sample(load, isWhole ? Math.max(...fetched.map(({ endedAtMs }) => endedAtMs - scheduledAtMs)) : null)
  finish()
}

/** As fast as it answers, all workloads at once. */
function askBeside(beside: readonly Workload[]): void {
  const seconds = Math.max(2, Math.floor(load.seconds * besideShare))
  fetchSvids(beside, load.patienceMs)
  const fromMs = nowMs()
  while (nowMs() - fromMs < seconds * 1_000) {
    const fetched = fetchSvids(beside, load.patienceMs)
    observeUsable(fetched)
    for (const { problem, endedAtMs } of fetched) {
      if (problem === '') unit('identities issued by the ML-DSA-65 authority', endedAtMs - fromMs, seconds)
    }
  }
}

export function teardown({ meter, asked, beside }: Run): void {
  endMeter(meter)
  if (beside.length > 0) askBeside(beside)
  for (const { spiffeId } of [...asked, ...beside]) {
    http.del(url(`/v1/identity/workloads?spiffeId=${encodeURIComponent(spiffeId)}`))
  }
}

export const handleSummary = writeSummary
