import { catalogueVersion } from '../../suites/requirements/index.ts'
import { tierLetters } from '../../suites/requirements/requirement-row.ts'
import { listRows, type CoverageRow, type Kill } from '../report/coverage.ts'
import { exitCodes } from '../run/stop.ts'

export type ListOptions = {
  readonly root: string
  readonly json?: boolean
  /** Only rows that lack a test on a tier where they must hold. */
  readonly uncovered?: boolean
}

/** Tiers of a row: a letter where it is shown to hold, the letter in brackets where nobody shows it. */
const marks = ({ where, uncovered }: CoverageRow): string =>
  where.map((tier) => (uncovered.includes(tier) ? `(${tierLetters[tier]})` : tierLetters[tier])).join(' ')

function state({ killed, isCurrent }: Kill): string {
  if (killed === null) return 'not run here'
  return `${killed ? 'killed' : 'SURVIVED'}${isCurrent ? '' : ', before the suite was changed'}`
}

function rowText(row: CoverageRow): string {
  const files = [...new Set(row.tests.map(({ file }) => file))]
  const tests = row.excluded === undefined ? (files.length === 0 ? 'uncovered' : files.join(', ')) : 'excluded'
  return `${row.id.padEnd(20)} ${row.level.padEnd(6)} ${marks(row).padEnd(16)} ${tests}`
}

/** How many rows are shown on all of their tiers, on some, on none. */
export function countRows(rows: readonly CoverageRow[]) {
  const judged = rows.filter(({ excluded }) => excluded === undefined)
  const covered = judged.filter(({ uncovered }) => uncovered.length === 0).length
  const partly = judged.filter(({ uncovered, where }) => uncovered.length > 0 && uncovered.length < where.length).length
  return {
    rows: rows.length,
    covered,
    partly,
    uncovered: judged.length - covered - partly,
    excluded: rows.length - judged.length,
    withDefect: rows.filter(({ kills }) => kills.length > 0).length,
  }
}

function print(rows: readonly CoverageRow[], all: readonly CoverageRow[]): void {
  const counts = countRows(all)
  const kills = rows.flatMap((row) => row.kills.map((kill) => ({ id: row.id, kill })))
  const lines = [
    `Catalogue ${catalogueVersion}: a letter is a tier where a test shows the row (S simulation, P processes,`,
    'C containers, K cluster); in brackets: the row must hold there and no test shows it yet.',
    '',
    ...rows.map(rowText),
    '',
    `${counts.rows} rows: ${counts.covered} covered, ${counts.partly} on some of their tiers, ${counts.uncovered} uncovered, ${counts.excluded} excluded`,
    '',
    'Kill matrix: defect → the requirement that must go red (`npx meshcert defects` runs them)',
    ...kills.map(({ id, kill }) => `${kill.defect.padEnd(40)} → ${id} on ${kill.tier}: ${state(kill)}`),
    `${counts.withDefect} of ${counts.rows} rows have a defect that must turn them red`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** Prints the catalogue with its coverage; the exit code says only that it could be read. */
export async function list({ root, json, uncovered }: ListOptions): Promise<number> {
  const all = await listRows({ root })
  const rows = uncovered === true ? all.filter((row) => row.uncovered.length > 0) : all
  if (json === true) {
    const document = { schema: 'meshcert/catalogue/v1', catalogue: catalogueVersion, counts: countRows(all), rows }
    process.stdout.write(`${JSON.stringify(document)}\n`)
  } else print(rows, all)
  return exitCodes.conformant
}
