import { sla, type Tier } from '../../sla.config.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import type { RequirementRow } from '../../suites/requirements/requirement-row.ts'
import { readClaims, type Claim } from '../run/claims.ts'
import { suiteState } from '../run/inputs.ts'
import { defaultTargetFile, loadTarget } from '../run/target-file.ts'
import { readKills } from './kill-matrix.ts'
import { promiseText } from './promise-text.ts'

export type Kill = {
  readonly defect: string
  readonly story: string
  readonly tier: Tier
  /** What the FAIL verdict must say. */
  readonly reason: string
  /** When it was last tried in this checkout; null where it was not. */
  readonly killed: boolean | null
  /** Whether that was with the suite as it is now. */
  readonly isCurrent: boolean
}

/** One requirement with what stands behind it. */
export type CoverageRow = RequirementRow & {
  readonly promise: string
  readonly tests: readonly { readonly file: string; readonly tiers: readonly Tier[] }[]
  /** Tiers where the row must hold and nobody shows it. */
  readonly uncovered: readonly Tier[]
  readonly kills: readonly Kill[]
}

type DefectClaim = { readonly name: string; readonly story: string; readonly kills: string; readonly tier: Tier } & {
  readonly reason: RegExp
}

type Tried = { readonly killed: boolean; readonly isCurrent: boolean }

/** What `meshcert defects` has kept in this checkout; empty where none was tried. */
async function lastKills(root: string): Promise<ReadonlyMap<string, Tried>> {
  const kills = readKills(root)
  const now = kills.length === 0 ? '' : await suiteState(root)
  return new Map(kills.map(({ defect, killed, state }) => [defect, { killed, isCurrent: state === now }]))
}

/** Joins the catalogue with claims and defects; pure. */
export function coverageOf(
  claims: readonly Claim[],
  defects: readonly DefectClaim[],
  tried: ReadonlyMap<string, Tried>,
): readonly CoverageRow[] {
  return catalogue.map((row) => {
    const own = claims.filter(({ requirement }) => requirement === row.id)
    const shown = new Set(own.flatMap(({ tiers }) => tiers))
    return {
      ...row,
      promise: promiseText(sla.objectives[row.objective]),
      tests: own.map(({ file, tiers }) => ({ file, tiers })),
      uncovered: row.excluded === undefined ? row.where.filter((tier) => !shown.has(tier)) : [],
      kills: defects
        .filter(({ kills }) => kills === row.id)
        .map(({ name, story, tier, reason }) => ({
          defect: name,
          story,
          tier,
          reason: reason.source,
          killed: tried.get(name)?.killed ?? null,
          isCurrent: tried.get(name)?.isCurrent ?? false,
        })),
    }
  })
}

/** The catalogue with coverage and kill matrix, as the sources and the last defects run say. */
export async function listRows({ root }: { readonly root: string }): Promise<readonly CoverageRow[]> {
  const [claims, target, tried] = await Promise.all([
    readClaims(root),
    loadTarget(root, defaultTargetFile),
    lastKills(root),
  ])
  return coverageOf(claims, (await target.defects?.()) ?? [], tried)
}
