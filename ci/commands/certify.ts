import { sla, type PlanName, type Tier } from '../../sla.config.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import { profiles, type Profile } from '../../suites/requirements/requirement-row.ts'
import type { RunDocument } from '../../suites/evidence/verdict.ts'
import { printRun } from '../run/print-run.ts'
import { createProgress, type Say } from '../run/progress.ts'
import { readCutOff } from '../run/resume.ts'
import { executeRun } from '../run/run.ts'
import { parseTiers } from '../run/tiers.ts'
import { exitCodes, Stop } from '../run/stop.ts'
import { bundleRun } from './bundle.ts'

export type CertifyOptions = {
  readonly root: string
  readonly plan: string
  readonly target: string
  readonly seed?: string
  readonly only: readonly string[]
  readonly tier: readonly string[]
  readonly repeat?: number
  /** A run that was cut off, to be gone on with. */
  readonly resume?: string
  readonly json?: boolean
}

/** What a certificate could say of one profile. */
export type ProfileVerdict = {
  readonly profile: Profile
  readonly verdict: 'CERTIFIED' | 'NOT CERTIFIED' | 'INCONCLUSIVE' | 'NOT APPLICABLE'
  readonly reason: string
}

/**
 * A profile is certified only if every MUST row of it passed in full scope on every tier of the plan
 * where it must hold, and every such row is shown on all of its tiers by some test. A row that the
 * run left out (`--only`, `--tier`) leaves the profile in doubt; an undeclared plane means that there
 * is nothing to certify.
 */
export function judgeProfile(profile: Profile, document: RunDocument, planned: readonly Tier[]): ProfileVerdict {
  const rows = catalogue.filter(
    (row) => row.level === 'MUST' && row.excluded === undefined && row.profiles.includes(profile),
  )
  const ids = new Set<string>(rows.map((row) => row.id))
  const judged = document.requirements.filter((row) => ids.has(row.id))
  const failed = judged.filter((row) => row.verdict === 'FAIL' || row.verdict === 'EXEMPT')
  if (failed.length > 0)
    return { profile, verdict: 'NOT CERTIFIED', reason: `failed: ${failed.map((row) => row.id).join(', ')}` }
  const undeclared = judged.filter((row) => row.verdict === 'NOT-APPLICABLE')
  if (judged.length > 0 && undeclared.length === judged.length)
    return { profile, verdict: 'NOT APPLICABLE', reason: 'the target does not declare its planes' }
  const isJudged = (id: string, tier: Tier) => judged.some((row) => row.id === id && row.tier === tier)
  const unjudged = rows.filter(({ id, where }) => {
    const asked = where.filter((tier) => planned.includes(tier))
    return asked.length === 0 || asked.some((tier) => !isJudged(id, tier))
  }).length
  const uncovered = document.uncovered.filter((row) => ids.has(row.id)).length
  const open = judged.filter((row) => row.verdict !== 'PASS' || row.scope !== 'full').length
  if (uncovered + open + unjudged > 0 || judged.length === 0) {
    return {
      profile,
      verdict: 'INCONCLUSIVE',
      reason: `of ${rows.length} MUST rows ${unjudged} were not judged on every tier of the plan and ${uncovered} lack a test on some tier; ${open} verdicts are not a PASS in full scope`,
    }
  }
  return { profile, verdict: 'CERTIFIED', reason: `${rows.length} rows passed` }
}

function exitCodeOf(document: RunDocument, verdicts: readonly ProfileVerdict[]): number {
  if (document.exitCode !== exitCodes.conformant) return document.exitCode
  if (document.requirements.some((row) => row.verdict === 'EXEMPT')) return exitCodes.nonConformant
  return verdicts.some(({ verdict }) => verdict === 'CERTIFIED') &&
    verdicts.every(({ verdict }) => verdict !== 'INCONCLUSIVE')
    ? exitCodes.conformant
    : exitCodes.inconclusive
}

/** Least time that a plan asks for, from its own numbers: durations of load shapes and steady states after faults. */
function announce(plan: PlanName, say: Say): void {
  const { title, repeats } = sla.plans[plan]
  const loads = Object.entries(sla.loadShapes).map(([name, shape]) => `${name} ${shape.seconds[plan]} s`)
  say(
    `${title}: faults are repeated ${repeats.processes} times on processes and ${repeats.simulation} times in simulation`,
  )
  say(`load shapes, where a scenario exists: ${loads.join(', ')}`)
}

const planNamed = (name: string): PlanName => (name === 'release' ? 'release' : 'quick')

/** The plan of a run that was cut off says what is run: whatever else was asked for would be another run. */
function planOfCutOff({ root, seed, only, tier, repeat }: CertifyOptions, run: string): PlanName {
  if (seed !== undefined || repeat !== undefined || only.length > 0 || tier.length > 0)
    throw new Stop(
      exitCodes.usage,
      '--resume takes no --seed, --repeat, --only or --tier: the plan of the run has them.',
    )
  const { plan } = readCutOff(root, run)
  if (plan.plan === 'gate') throw new Stop(exitCodes.usage, `${run} is a gate, which is short: run it anew.`)
  return plan.plan
}

/** The certification run: judges, signs, and says per profile what a certificate could say. */
export async function certify(options: CertifyOptions): Promise<number> {
  const { root, target, seed, only, resume } = options
  const plan = resume === undefined ? planNamed(options.plan) : planOfCutOff(options, resume)
  const tiers: readonly Tier[] = parseTiers(options.tier)
  const repeat = options.repeat ?? null
  if (repeat !== null && (!Number.isInteger(repeat) || repeat < 1 || repeat > 10_000))
    throw new Stop(exitCodes.usage, '--repeat takes a whole number from 1 to 10000.')
  const say = createProgress()
  announce(plan, say)
  const ended = await executeRun({ root, plan, targetFile: target, seed, only, tiers, repeat, resume, say })
  printRun(ended, options.json === true)
  const verdicts = profiles.map((profile) => judgeProfile(profile, ended.document, sla.plans[plan].tiers))
  for (const { profile, verdict, reason } of verdicts)
    process.stderr.write(`${profile.padEnd(14)} ${verdict}: ${reason}\n`)
  await bundleRun({ root, run: ended.directory })
  return exitCodeOf(ended.document, verdicts)
}
