/** One equation of a fit: the value at a row of the model's terms. */
export type Equation = { readonly terms: readonly number[]; readonly value: number }

/** Solves a small symmetric system by elimination with pivots; null where it is singular. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] | null {
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0])
  for (let column = 0; column < rows.length; column += 1) {
    const pivot = rows
      .slice(column)
      .reduce((best, row) => (Math.abs(row[column] ?? 0) > Math.abs(best[column] ?? 0) ? row : best))
    if (Math.abs(pivot[column] ?? 0) < 1e-12) return null
    const at = rows.indexOf(pivot)
    ;[rows[column], rows[at]] = [pivot, rows[column] ?? pivot]
    for (const [index, row] of rows.entries()) {
      if (index === column) continue
      const factor = (row[column] ?? 0) / (pivot[column] ?? 1)
      for (let cell = column; cell < row.length; cell += 1) row[cell] = (row[cell] ?? 0) - factor * (pivot[cell] ?? 0)
    }
  }
  return rows.map((row, index) => (row[rows.length] ?? 0) / (row[index] ?? 1))
}

export const predicted = (weights: readonly number[], terms: readonly number[]): number =>
  terms.reduce((sum, term, index) => sum + term * (weights[index] ?? 0), 0)

/** Sum of squared relative errors. */
export const misfit = (equations: readonly Equation[], weights: readonly number[]): number =>
  equations.reduce((sum, { terms, value }) => sum + ((predicted(weights, terms) - value) / value) ** 2, 0)

function fitTerms(equations: readonly Equation[], used: readonly number[]): readonly number[] | null {
  const scale = used.map((term) => Math.max(1e-300, ...equations.map(({ terms }) => Math.abs(terms[term] ?? 0))))
  const rows = equations.map(({ terms, value }) => ({
    x: used.map((term, index) => (terms[term] ?? 0) / (scale[index] ?? 1) / value),
    y: 1,
  }))
  const most = Math.max(1e-300, ...rows.flatMap(({ x }) => x.map(Math.abs)))
  const matrix = used.map((_, i) =>
    used.map((__, j) => rows.reduce((sum, { x }) => sum + ((x[i] ?? 0) * (x[j] ?? 0)) / most ** 2, 0)),
  )
  const right = used.map((_, i) => rows.reduce((sum, { x, y }) => sum + ((x[i] ?? 0) * y) / most ** 2, 0))
  return solve(matrix, right)?.map((weight, index) => weight / (scale[index] ?? 1)) ?? null
}

/**
 * Least squares of relative errors with weights that may not be negative: costs are sums of costs. Every
 * subset of terms is solved and the best feasible one taken, which is exact and cheap up to a handful.
 * Values must be positive. Null where no subset can be solved.
 */
export function fitNonNegative(equations: readonly Equation[]): readonly number[] | null {
  const terms = equations[0]?.terms.length ?? 0
  if (equations.some(({ value }) => !(value > 0))) throw new Error('Relative errors need values above zero.')
  let best: { readonly weights: readonly number[]; readonly error: number } | null = null
  for (let subset = 1; subset < 2 ** terms; subset += 1) {
    const used = Array.from({ length: terms }, (_, term) => term).filter((term) => (subset >> term) & 1)
    if (used.length > equations.length) continue
    const found = fitTerms(equations, used)
    if (found === null || found.some((weight) => !(weight >= 0))) continue
    const weights = Array.from({ length: terms }, (_, term) => found[used.indexOf(term)] ?? 0)
    const error = misfit(equations, weights)
    if (best === null || error < best.error - 1e-15) best = { weights, error }
  }
  return best?.weights ?? null
}
