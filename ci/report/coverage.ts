import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { sla, type Tier } from '../../sla.config.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import type { RequirementRow } from '../../suites/requirements/requirement-row.ts'
import { readClaims, type Claim } from '../run/claims.ts'
import { defaultTargetFile, loadTarget } from '../run/target-file.ts'
import { promiseText } from './promise-text.ts'

export type Kill = {
  readonly defect: string
  readonly story: string
  readonly tier: Tier
  /** What the FAIL verdict must say. */
  readonly reason: string
  /** Of the last complete `meshcert defects` in this checkout; null where it was not run. */
  readonly killed: boolean | null
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

const KillMatrix = z.object({ kills: z.array(z.object({ defect: z.string(), killed: z.boolean() })) })

/** Results of the last complete `meshcert defects`; empty without one. */
async function lastKills(root: string): Promise<ReadonlyMap<string, boolean>> {
  const text = await readFile(join(root, '.evidence', 'kill-matrix.json'), 'utf8').catch(() => null)
  if (text === null) return new Map()
  return new Map(KillMatrix.parse(JSON.parse(text)).kills.map(({ defect, killed }) => [defect, killed]))
}

/** Joins the catalogue with claims and defects; pure. */
export function coverageOf(
  claims: readonly Claim[],
  defects: readonly DefectClaim[],
  killed: ReadonlyMap<string, boolean>,
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
          killed: killed.get(name) ?? null,
        })),
    }
  })
}

/** The catalogue with coverage and kill matrix, as the sources and the last defects run say. */
export async function listRows({ root }: { readonly root: string }): Promise<readonly CoverageRow[]> {
  const [claims, target, killed] = await Promise.all([
    readClaims(root),
    loadTarget(root, defaultTargetFile),
    lastKills(root),
  ])
  return coverageOf(claims, (await target.defects?.()) ?? [], killed)
}
