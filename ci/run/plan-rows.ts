import { isLessThanRelease } from '../../chaos/extent.ts'
import { sla, type PlanName, type Scope, type Tier } from '../../sla.config.ts'
import type { Premise } from '../../suites/evidence/record.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import type { RequirementRow } from '../../suites/requirements/requirement-row.ts'
import type { PlannedRow } from '../verdict/plan.ts'
import type { Claim } from './claims.ts'
import { Stop, exitCodes } from './stop.ts'

export type Selection = {
  readonly plan: PlanName
  /** Ids or globs (`ID-*`); empty means all. */
  readonly only: readonly string[]
  /** Tiers wanted; empty means those of the plan. */
  readonly tiers: readonly Tier[]
  /** Tiers that the target offers. */
  readonly offered: readonly Tier[]
  /** Repeats of a fault, where the user asked for a number. */
  readonly repeat: number | null
  /** Tiers whose target the run starts, so that it can tell its load from others'; none unless given. */
  readonly started?: readonly Tier[]
}

/** The contract is checked in every run, whatever else it judges. */
const always = 'CONTRACT'

function matcher(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
  return new RegExp(`^${escaped}$`)
}

/** Edit distance between two short ids, for "did you mean". */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}

/** The id closest to a mistyped one. */
export function closest(id: string, known: readonly string[]): string {
  return known.toSorted((a, b) => distance(id.toUpperCase(), a) - distance(id.toUpperCase(), b))[0] ?? ''
}

function checkPatterns(only: readonly string[]): void {
  const ids = catalogue.map((row) => row.id)
  for (const pattern of only) {
    if (!ids.some((id) => matcher(pattern).test(id))) {
      throw new Stop(
        exitCodes.usage,
        `--only ${pattern} matches no requirement. Did you mean ${closest(pattern, ids)}? \`npx meshcert list\` shows all.`,
      )
    }
  }
}

/** Whether a row promises times or rates, or says so: what a busy machine can spoil. */
export function isTimed(row: RequirementRow): boolean {
  const cited = [row.objective, ...(row.further ?? [])]
  const timed: readonly string[] = ['latency', 'throughput', 'recovery', 'availability', 'margin']
  return row.isTimed === true || cited.some((id) => timed.includes(sla.objectives[id].kind))
}

type Claimed = Premise['claim']

/** What k6 records of every load. */
const k6Premises: readonly Claimed[] = ['schedule lag p99', 'dropped iterations', 'generator headroom']

/** Claims that the record of a row must carry: virtual time has none of these. */
function premisesOf(
  row: RequirementRow,
  { tier, shape, started }: { readonly tier: Tier; readonly shape: string | null; readonly started: readonly Tier[] },
): Pick<PlannedRow, 'premises'> {
  if (tier === 'simulation') return {}
  const isTold = isTimed(row) && tier === 'processes' && started.includes(tier)
  const ofLoad = shape === null ? [] : k6Premises
  const ofTime: readonly Claimed[] = isTold ? ['foreign load'] : []
  const premises: Claimed[] = ['target alive', ...ofTime, ...ofLoad, ...(row.premises ?? [])]
  return { premises }
}

type Asked = { readonly plan: PlanName; readonly tier: Tier }

function scopeOf(row: RequirementRow, { plan, tier }: Asked, claim: Claim): Scope {
  if (sla.plans[plan].scope === 'full') return 'full'
  // The quick plan shortens the event scenarios, and faults and meshes of chaos; the gate shortens whatever takes time, and what it leaves out does.
  const leftOut: readonly string[] = sla.plans.gate.leftOut.map(({ id }) => id)
  const takesTime = isTimed(row) || row.isLoad === true || leftOut.includes(row.id)
  const isLess = claim.shape !== null || isLessThanRelease({ plan, tier }, row.id)
  return isLess || (plan === 'gate' && takesTime) ? 'compressed' : 'full'
}

/** What a run judges: rows that somebody claims, on tiers that the plan, the user and the target share. */
export function planRows(claims: readonly Claim[], selection: Selection): readonly PlannedRow[] {
  const { plan, only, tiers, offered, repeat, started = [] } = selection
  checkPatterns(only)
  const settings = sla.plans[plan]
  const planned: readonly Tier[] = settings.tiers
  const leftOut: readonly string[] = settings.leftOut.map(({ id }) => id)
  const wanted = (id: string) =>
    only.length === 0 ? !leftOut.includes(id) : id === always || only.some((pattern) => matcher(pattern).test(id))
  const seen = new Set<string>()
  const rows = claims.flatMap((claim) => {
    const row = catalogue.find(({ id }) => id === claim.requirement)
    if (row === undefined || !wanted(row.id)) return []
    return (
      claim.tiers
        // Who names a tier has what it needs: a plan leaves out what some machines lack.
        .filter((tier) => offered.includes(tier) && (tiers.length > 0 ? tiers : planned).includes(tier))
        .filter((tier) => !seen.has(`${row.id}@${tier}`) && seen.add(`${row.id}@${tier}`))
        .map((tier) => ({
          requirement: row.id,
          tier,
          scope: scopeOf(row, { plan, tier }, claim),
          repeats: repeat ?? settings.repeats[tier],
          ...premisesOf(row, { tier, shape: claim.shape, started }),
        }))
    )
  })
  // Conformance alone is not what was asked for: a filter that selects nothing judged nothing.
  if (!rows.some((row) => row.requirement !== always) && !only.includes(always)) {
    throw new Stop(
      exitCodes.inconclusive,
      `Nothing would be judged: ${nothing(selection)} \`npx meshcert list\` shows who claims what, and where.`,
    )
  }
  return rows
}

function nothing({ only, tiers, offered, plan }: Selection): string {
  const asked = only.length === 0 ? `plan ${plan}` : only.join(', ')
  return `no test claims a row of ${asked} on ${(tiers.length > 0 ? tiers : sla.plans[plan].tiers).join(', ')} (the target offers ${offered.join(', ') || 'no tier'}).`
}

/** MUST rows and tiers that nobody claims: shown in every report, and fatal to a certificate of their profile. */
export function uncoveredRows(claims: readonly Claim[]): readonly { id: string; tiers: Tier[] }[] {
  return catalogue
    .filter((row) => row.excluded === undefined && row.level === 'MUST')
    .map((row) => {
      const claimed = new Set(claims.filter((claim) => claim.requirement === row.id).flatMap((claim) => claim.tiers))
      return { id: row.id, tiers: row.where.filter((tier) => !claimed.has(tier)) }
    })
    .filter(({ tiers }) => tiers.length > 0)
}
