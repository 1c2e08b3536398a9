type Row = { readonly id: string; readonly where: readonly string[] }
type Kill = { readonly name: string; readonly kills: string; readonly tier: string }
type Claimed = { readonly requirement: string; readonly tiers: readonly string[]; readonly file: string }

/** What the tree says about itself: rows, who claims them, and which deliberate bug turns which row red. */
export type Proof = {
  readonly rows: readonly Row[]
  readonly claims: readonly Claimed[]
  readonly defects: readonly Kill[]
  readonly variants: readonly { readonly name: string }[]
  /** Claimed rows that no defect kills yet. */
  readonly notYet: readonly string[]
}

const least = { defects: 10, variants: 3 } as const

/** Ids are unique, and what is claimed or killed is in the catalogue. */
export function idProblems({ rows, claims }: Proof): readonly string[] {
  const ids = rows.map(({ id }) => id)
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index)
  const unknown = claims.filter(({ requirement }) => !ids.includes(requirement))
  return [
    ...twice.map((id) => `Row ${id} stands twice in the catalogue: ids never repeat.`),
    ...unknown.map(({ requirement, file }) => `${file} claims ${requirement}, which the catalogue does not have.`),
  ]
}

/** A defect is worth something only if a test could see it. */
export function defectProblems({ defects, variants, claims }: Proof): readonly string[] {
  const seen = ({ kills, tier }: Kill) =>
    claims.some(({ requirement, tiers }) => requirement === kills && tiers.includes(tier))
  const blind = defects
    .filter((defect) => !seen(defect))
    .map(({ name, kills, tier }) => `Defect ${name} kills ${kills} on ${tier}, which no test claims there.`)
  const few = [
    ...(defects.length < least.defects ? [`${defects.length} defects: at least ${least.defects} are asked for.`] : []),
    ...(variants.length < least.variants ? [`${variants.length} variants: ${least.variants} are asked for.`] : []),
  ]
  return [...blind, ...few]
}

/** Every claimed row is killed by a defect or openly listed as not yet; the list carries no stale row. */
export function killProblems({ claims, defects, notYet }: Proof): readonly string[] {
  const claimed = [...new Set(claims.map(({ requirement }) => requirement))].sort()
  const killed = new Set(defects.map(({ kills }) => kills))
  const open = claimed.filter((id) => !killed.has(id))
  return [
    ...open
      .filter((id) => !notYet.includes(id))
      .map((id) => `${id} is killed by no defect: write one, or list it in ci/tidy/not-yet.ts.`),
    ...notYet
      .filter((id) => !open.includes(id))
      .map((id) => `${id} is in ci/tidy/not-yet.ts without need: strike it off.`),
  ]
}
