/** Load reports as pages of the documentation: each is made from a `docs/results/load*.json`, which `meshcert report RUN --format load` writes. */
import { z } from 'zod'
import { table } from '../generate/markdown.ts'
import { MeasuredFidelity } from './fidelity.ts'
import { loadPlots } from './load-plots.ts'
import { MeasuredGrowth, studyOf, type LoadStudy } from './load-study.ts'
import { adviceText, bottleneckText, columns, figureTable, headline, lawText, tableRows } from './load-text.ts'
import type { Report } from './model.ts'
import { MeasuredScenario, scenarioTable } from './load-scenarios.ts'
import {
  Recovered,
  recoveriesOf,
  recoveryCaption,
  recoveryCells,
  recoveryColumns,
  recoveryPlot,
} from './recovery-plot.ts'
import { alone, fidelityParts, origin, RunFacts, runFacts } from './results-page.ts'

export const loadSchema = 'meshcert/load-results/v5'

const LoadResults = z.object({
  schema: z.literal(loadSchema),
  ...RunFacts.shape,
  /** Loads of one size each, or of several side by side. */
  scenarios: z.array(MeasuredScenario),
  growths: z.array(MeasuredGrowth),
  /** What the mesh does under faults, beside what it does as it grows. */
  recoveries: z.array(Recovered),
  fidelity: z.array(MeasuredFidelity),
})
type LoadResults = z.infer<typeof LoadResults>

/** What a run measured of growing meshes, to be committed. */
export function renderLoad(report: Report): string {
  const { scenarios, load, fidelity } = report
  const results: LoadResults = {
    schema: loadSchema,
    ...runFacts(report),
    scenarios: [...scenarios],
    growths: load.map(({ analysis: _, ...growth }) => growth),
    recoveries: [...recoveriesOf(report)],
    fidelity: [...fidelity],
  }
  return `${JSON.stringify(results)}\n`
}

/** Name of a drawing of the results that are called `stem`. */
const fileOf = (stem: string, { requirement, tier }: LoadStudy, plot: string): string =>
  `${stem}-${requirement.toLowerCase()}-${tier}-${plot}.svg`
const recoveryFile = (stem: string): string => `${stem}-recovery.svg`

function studyText(stem: string, study: LoadStudy): string {
  const metered = figureTable(study)
  const parts = [
    `## ${study.requirement} on ${study.tier}`,
    headline(study),
    bottleneckText(study),
    (study.analysis.bottleneck?.evidence ?? []).map((seen) => `- ${seen}`).join('\n'),
    lawText(study),
    adviceText(study)
      .map((advice) => `- ${advice}`)
      .join('\n'),
    ...loadPlots(study).map(({ name, caption }) => `![${name}: ${caption}](${fileOf(stem, study, name)})`),
    table(columns, tableRows(study)),
    metered === null ? null : table(metered.columns, metered.rows),
  ]
  return parts.filter((part) => part !== null && part !== '').join('\n\n')
}

function scenarioParts(scenarios: readonly MeasuredScenario[]): readonly string[] {
  const told = scenarioTable(scenarios)
  return told === null ? [] : ['## Load scenarios', table(told.columns, told.rows)]
}

function recoveryParts(stem: string, recoveries: readonly Recovered[]): readonly string[] {
  if (recoveries.length === 0) return []
  return [
    '## Recovery from faults in the same run',
    `![recovery: ${recoveryCaption}](${recoveryFile(stem)})`,
    table(recoveryColumns, recoveries.map(recoveryCells)),
  ]
}

/** A page and its drawings by file name below `docs/results`; all begin with `stem`. Throws where the results are of another form. */
export function loadResultFiles(stem: string, text: string): ReadonlyMap<string, string> {
  const results = LoadResults.parse(JSON.parse(text))
  const studies = results.growths.map(studyOf)
  const page = [
    '# Load results',
    `${origin(stem, results)} What is measured and how is told in [LOAD-TESTING.md](../LOAD-TESTING.md).`,
    ...scenarioParts(results.scenarios),
    ...studies.map((study) => studyText(stem, study)),
    ...recoveryParts(stem, results.recoveries),
    ...fidelityParts(results.fidelity),
  ].join('\n\n')
  const drawings = studies.flatMap((study) =>
    loadPlots(study).map(({ name, svg }) => [fileOf(stem, study, name), alone(svg)] as const),
  )
  const recovered = recoveryPlot(results.recoveries)
  return new Map([
    [`${stem}.md`, `${page}\n`],
    ...drawings,
    ...(recovered === null ? [] : [[recoveryFile(stem), alone(recovered)] as const]),
  ])
}
