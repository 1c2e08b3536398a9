import { sla, type Objective, type ObjectiveId } from '../../sla.config.ts'
import { listRows, type CoverageRow } from '../report/coverage.ts'
import { promiseText } from '../report/promise-text.ts'
import { closest } from '../run/plan-rows.ts'
import { exitCodes, Stop } from '../run/stop.ts'

export type ExplainOptions = { readonly root: string; readonly id: string; readonly json?: boolean }

const objectives: Readonly<Record<ObjectiveId, Objective>> = sla.objectives

function objectiveLine(id: ObjectiveId): string {
  const objective = objectives[id]
  return `${id}: ${objective.title}, ${promiseText(objective)} (${objective.severity})`
}

function leftOut(id: string): readonly string[] {
  return Object.entries(sla.plans).flatMap(([plan, { leftOut: out }]) =>
    out.filter((row) => row.id === id).map(({ reason }) => `${plan}: ${reason}`),
  )
}

function lines(row: CoverageRow): readonly string[] {
  const item = (label: string, values: readonly string[]): readonly string[] =>
    values.map((value, index) => `${(index === 0 ? label : '').padEnd(12)} ${value}`)
  const uncovered = row.uncovered.length === 0 ? [] : [row.uncovered.join(', ')]
  return [
    `${row.id} (${row.level})`,
    `  ${row.claim}`,
    '',
    ...item('source', [row.source]),
    ...item('objective', [row.objective, ...(row.further ?? [])].map(objectiveLine)),
    ...item('judged by', row.checkers ?? []),
    ...item('must hold', [row.where.join(', ') || 'nowhere']),
    ...item('profiles', [row.profiles.join(', ') || 'none: it concerns the product']),
    ...item('needs', [row.capabilities.join(', ') || 'no particular plane']),
    ...item('excluded', row.excluded === undefined ? [] : [row.excluded]),
    ...item('left out', leftOut(row.id)),
    ...item(
      'tests',
      row.tests.map(({ file, tiers }) => `${file} (${tiers.join(', ')})`),
    ),
    ...item('uncovered', uncovered),
    ...item(
      'defects',
      row.kills.map(({ defect, tier, story, reason }) => `${defect} on ${tier}, red with /${reason}/: ${story}`),
    ),
  ]
}

/** Tells one requirement: claim, source, limits, tests and defects. An unknown id ends with 64 and the closest one. */
export async function explain({ root, id, json }: ExplainOptions): Promise<number> {
  const rows = await listRows({ root })
  const row = rows.find((candidate) => candidate.id === id)
  if (row === undefined) {
    const known = rows.map((candidate) => candidate.id)
    throw new Stop(
      exitCodes.usage,
      `No requirement is called ${id}. Did you mean ${closest(id, known)}? \`npx meshcert list\` shows all.`,
    )
  }
  if (json === true) {
    const cited = [row.objective, ...(row.further ?? [])].map((name) => ({ id: name, ...objectives[name] }))
    process.stdout.write(`${JSON.stringify({ schema: 'meshcert/requirement/v1', ...row, objectives: cited })}\n`)
  } else process.stdout.write(`${lines(row).join('\n')}\n`)
  return exitCodes.conformant
}
