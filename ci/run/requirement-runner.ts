import { randomFrom } from '../../suites/contract/random.ts'
import type { Capability } from '../../suites/contract/route.ts'
import type { Target, TargetDefinition } from '../../suites/contract/target.ts'
import type { Evidence } from '../../suites/evidence/record.ts'
import type { Verdict } from '../../suites/evidence/verdict.ts'
import type { Body, Runtime, Scenario } from '../../suites/requirement.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import type { Tier } from '../../sla.config.ts'
import { judgeRow } from '../verdict/judge-row.ts'
import type { Plan, PlannedRow } from '../verdict/plan.ts'
import { startApart } from './apart-client.ts'
import { proofOf } from './proof.ts'
import { isRecorded, recorderOf, seedOf } from './row-recorder.ts'
import { readRunPieces } from './run-files.ts'
import { watchDisturbance } from './disturbance.ts'
import { watchForeignLoad } from './foreign-load.ts'
import { messageOf } from './stop.ts'
import type { Session } from './session.ts'
import { openWorlds } from './worlds.ts'

const bodyMs = 180_000
/** From calm to calm with everything going as slowly as a scenario bears: 30 s to recover, 20 s to rejoin, the proofs. */
const faultMs = 60_000
/** A search for the limit tries a dozen sizes, each formed anew. A release kills hundreds of runners, one after the other. */
const certifyMs = { quick: 900_000, release: 3_600_000 } as const

/** Longest time one body may take; a body that hangs is recorded as aborted instead of vanishing. Certification repeats faults; the gate has five minutes in all. */
const bodyTimeoutMs = ({ plan }: Plan, { repeats }: PlannedRow): number =>
  plan === 'gate' ? bodyMs : Math.max(certifyMs[plan], bodyMs + repeats * faultMs)

export type RunnerOptions = {
  readonly plan: Plan
  readonly session: Session
  readonly definition: TargetDefinition
  readonly runDirectory: string
  /** Tiers of this lane: one worker drives either live tiers or simulation. */
  readonly tiers: readonly Tier[]
  readonly tell: (row: PlannedRow, verdict: Verdict) => void
  /** Shows what the worker is at; nothing unless given. */
  readonly show?: (text: string) => void
}

type Attempt = {
  readonly id: string
  readonly row: PlannedRow
  readonly stage: 0 | 1
  readonly needs: readonly Capability[]
  readonly body: Body
}

/** The runtime behind `requirement()`: connects, runs the body, records, judges, escalates once where the plan declared it. */
export function createRuntime(options: RunnerOptions): Runtime {
  const { plan, tiers } = options
  const planned = plan.rows.filter((row) => tiers.includes(row.tier))
  const targets = openTargets(options)
  return {
    timeoutMs: 2 * Math.max(0, ...planned.map((row) => bodyTimeoutMs(plan, row))) + 30_000,
    tiersOf: (id) => planned.filter((row) => row.requirement === id).map((row) => row.tier),
    run: async ({ id, tier, needs, body }) => {
      const row = planned.find((candidate) => candidate.requirement === id && candidate.tier === tier)
      if (row === undefined) throw new Error(`${id} is not planned on ${tier}.`)
      // A run that goes on has rows that were recorded before it was cut off: what was observed stands.
      if (!isRecorded(options.runDirectory, { row, stage: 0 }))
        await attempt(options, targets, { id, row, stage: 0, needs, body })
      let verdict = await judgeRow(plan, row, options.runDirectory)
      if (verdict.escalate && plan.escalation !== null) {
        await attempt(options, targets, { id, row, stage: 1, needs, body })
        verdict = await judgeRow(plan, row, options.runDirectory)
      }
      options.tell(row, verdict)
      if (verdict.verdict === 'FAIL' || verdict.verdict === 'INCONCLUSIVE')
        throw new Error(`${verdict.verdict}: ${verdict.reason}`)
      return { notApplicable: verdict.verdict === 'NOT-APPLICABLE' ? verdict.reason : null }
    },
  }
}

type Connect = (
  tier: Tier,
  world: { readonly seed: string; readonly planes?: readonly Capability[]; readonly nodes?: number },
) => Promise<{ readonly target: Target; readonly own: boolean }>

type Targets = {
  readonly connect: Connect
  /** Scenarios that overran their time on a shared target: nothing can stop them, and they still act on it. */
  readonly overran: Map<Tier, string>
}

/** Live targets are connected once and shared; a simulated world is fresh for every scenario and seed. */
function openTargets({ plan, session, definition }: RunnerOptions): Targets {
  const shared = new Map<Tier, Promise<Target>>()
  const replacements = {
    ...(plan.defect === null ? {} : { defect: plan.defect }),
    ...(plan.variant === null ? {} : { variant: plan.variant }),
  }
  const connect: Connect = async (tier, world) => {
    const access = definition.tiers[tier]
    if (access === undefined) throw new Error(`The target file offers no ${tier} tier.`)
    if (tier === 'simulation') return { target: await access.connect({}, { ...world, ...replacements }), own: true }
    const known = shared.get(tier) ?? access.connect(session.handles[tier] ?? {}, { seed: plan.seed, ...replacements })
    shared.set(tier, known)
    // The next row tries again: a target that starts late must not fail them all.
    known.catch(() => shared.delete(tier))
    return { target: await known, own: false }
  }
  return { connect, overran: new Map() }
}

/** The scenario goes on, for nothing can stop it: only its row stops waiting. */
class Overrun extends Error {}

function withTimeout(work: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Overrun(`the scenario did not end within ${limitMs / 1_000} s`)), limitMs)
  })
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer))
}

/** What the scenario uses and its row is judged for; nothing where all planes are asked about, as by conformance. */
function planesOf(id: string, needs: readonly Capability[]): { readonly planes?: readonly Capability[] } {
  const row = catalogue.find((candidate) => candidate.id === id)
  const planes = new Set([...needs, ...(row?.capabilities ?? [])])
  return planes.size === 0 ? {} : { planes: [...planes] }
}

/** Between two lines about one scenario. */
const progressEveryMs = 30_000

/** Tells how much is done and how long the rest takes if it goes on like that. */
export function progressOf(
  { requirement, tier }: Pick<PlannedRow, 'requirement' | 'tier'>,
  show: (text: string) => void = () => undefined,
  nowMs: () => number = Date.now,
): Scenario['progress'] {
  const startedMs = nowMs()
  let shownMs = startedMs
  return (done, of) => {
    const atMs = nowMs()
    if (done === 0 || done >= of || atMs - shownMs < progressEveryMs) return
    shownMs = atMs
    const leftMin = (((atMs - startedMs) / done) * (of - done)) / 60_000
    show(`${requirement} on ${tier}: ${done} of ${of}, ${leftMin.toFixed(0)} min left if it goes on like that`)
  }
}

async function attempt(
  options: RunnerOptions,
  { connect, overran }: Targets,
  { id, row, stage, needs, body }: Attempt,
): Promise<Evidence> {
  const { plan, runDirectory } = options
  const seed = seedOf({ plan, row, stage })
  const startedAt = new Date()
  const planes = planesOf(id, needs)
  const { target, own } = await connect(row.tier, { seed, ...planes })
  const worlds = openWorlds()
  if (own) worlds.next()(target)
  const { description } = target
  const recorder = recorderOf({ plan, row, stage, runDirectory }, { description, startedAt })
  const proof = await proofOf(options.definition, { plan, row }, recorder.observe)
  const missing = needs.filter((plane) => target[plane] === undefined)
  const scenario: Scenario = {
    target: withPlanes(target),
    tier: row.tier,
    plan: plan.plan,
    scope: row.scope,
    stage,
    scale: stage === 0 ? 1 : (plan.escalation?.factor ?? 1),
    repeats: row.repeats,
    seed,
    random: randomFrom(seed),
    observe: proof.observe,
    connect: async (worldSeed) => {
      const take = worlds.next()
      const fresh = await connect(row.tier, { seed: worldSeed, ...planes })
      return withPlanes(fresh.own ? take(fresh.target) : fresh.target)
    },
    written: () => readRunPieces(runDirectory),
    connectBriefly: async (worldSeed, { nodes }) =>
      withPlanes((await connect(row.tier, { seed: worldSeed, ...planes, nodes })).target),
    apart: (part) => startApart({ ...part, ...planes, runDirectory, tier: row.tier, seed }),
    measuring: measuringOf(options, row, recorder.observe),
    progress: progressOf(row, options.show),
    log: (line) => process.stderr.write(`${id} (${row.tier}): ${line}\n`),
  }
  const before = overran.get(row.tier)
  let aborted =
    before === undefined ? null : `${before} did not end in its time and still acts on this target: run this row again`
  if (missing.length === 0 && aborted === null) {
    const foreignLoad = watchForeignLoad(row.tier === 'simulation' ? null : options.session.runner, row)
    await withTimeout(body(scenario), bodyTimeoutMs(plan, row)).catch((error: unknown) => {
      if (!proof.isShown() || error instanceof Overrun) aborted = messageOf(error)
      if (error instanceof Overrun && !own) overran.set(row.tier, id)
    })
    foreignLoad(recorder.observe)
    await observeAlive(target, row.tier, recorder.observe)
  }
  const eventLogHashes = await worlds.close().catch((error: unknown): string[] => {
    aborted ??= `a world could not be closed: ${messageOf(error)}`
    return []
  })
  return recorder.finish({
    tookMs: Date.now() - startedAt.getTime(),
    aborted,
    notApplicable: missing.length === 0 ? null : `the target does not declare ${missing.join(', ')}`,
    eventLogHashes,
  })
}

/** Virtual time has no others, and of a target that is not the run's own nobody can tell its load from theirs. */
const measuringOf = (
  { session }: RunnerOptions,
  { tier }: PlannedRow,
  observe: Scenario['observe'],
): Scenario['measuring'] =>
  tier === 'simulation' || session.runner === null ? (work) => work() : watchDisturbance(session.runner, observe)

/** The body is only called when every plane that it needs is there: `missing` is what says so, the compiler can't. */
const withPlanes = (target: Target): Scenario['target'] => target as Scenario['target']

/** Numbers of a target that died on the way prove nothing about it: its end is a broken premise. */
async function observeAlive(target: Target, tier: Tier, observe: Scenario['observe']): Promise<void> {
  if (tier === 'simulation') return
  const alive = await target.alive().catch(() => false)
  observe.premise({
    claim: 'target alive',
    measured: alive ? 0 : 1,
    limit: 0,
    unit: 'failed probes',
    noise: false,
    detail: alive ? 'it answers after the scenario' : 'it no longer answers after the scenario',
  })
}
