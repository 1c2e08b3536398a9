/** Load reports as pages of the documentation: each is made from a `docs/results/load*.json`, which `meshcert report RUN --format load` writes. */
import { z } from 'zod'
import { MeasuredFidelity } from './fidelity.ts'
import { fidelityCells, fidelityColumns, fidelityHeadline } from './fidelity-text.ts'
import { loadPlots } from './load-plots.ts'
import { MeasuredGrowth, studyOf, type LoadStudy } from './load-study.ts'
import type { Markup } from './markup.ts'
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

export const loadSchema = 'meshcert/load-results/v5'

const LoadResults = z.object({
  schema: z.literal(loadSchema),
  run: z.string(),
  plan: z.string(),
  seed: z.string(),
  startedAt: z.string(),
  machine: z.string(),
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
  const { plan, environment, scenarios, load, fidelity } = report
  const of = (key: string) => {
    const value = environment[key]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : 'unknown'
  }
  const results: LoadResults = {
    schema: loadSchema,
    run: plan.run,
    plan: plan.plan,
    seed: plan.seed,
    startedAt: plan.startedAt,
    machine: `${of('cores')} × ${of('cpu')}, ${of('platform')}, Node ${of('node')}`,
    scenarios: [...scenarios],
    growths: load.map(({ analysis: _, ...growth }) => growth),
    recoveries: [...recoveriesOf(report)],
    fidelity: [...fidelity],
  }
  return `${JSON.stringify(results)}\n`
}

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** Name of a drawing of the results that are called `stem`. */
const fileOf = (stem: string, { requirement, tier }: LoadStudy, plot: string): string =>
  `${stem}-${requirement.toLowerCase()}-${tier}-${plot}.svg`
const recoveryFile = (stem: string): string => `${stem}-recovery.svg`

/** A drawing that stands alone brings its own colours; they read on white and on dark ground. */
const ownStyle = `<style>
svg{background:#fff;font:11px system-ui,sans-serif}text{fill:#525b66}.grid{stroke:#d5dae0}.axis{stroke:#525b66}
.limit{stroke:#a8201a;stroke-dasharray:4 3}.line,.model{fill:none;stroke-width:1.8}.model{stroke-dasharray:6 4}
.line.series-1,.model.series-1{stroke:#1d5fa8}.line.series-2,.model.series-2{stroke:#765000}.line.series-3,.model.series-3{stroke:#55389b}
circle.series-1,text.series-1{fill:#1d5fa8}circle.series-2,text.series-2{fill:#765000}circle.series-3,text.series-3{fill:#55389b}
text.title,text.name{font-weight:600}.never{fill:#a8201a}.median{stroke:#1c2127;stroke-width:2}
.bars{fill:none;stroke:#1d5fa8;stroke-width:3}.mark-2-name{fill:#a8201a}.bad{fill:none;stroke:#a8201a;stroke-width:2}.mark-1{stroke:#525b66;stroke-dasharray:2 3}.mark-2{stroke:#a8201a}
</style>`

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

function fidelityParts(rows: readonly MeasuredFidelity[]): readonly string[] {
  if (rows.length === 0) return []
  const lines = rows.map((row) => {
    const { cells, found } = fidelityCells(row)
    return [...cells, found.word === 'agrees' ? found.word : `**${found.word}**`]
  })
  return ['## Simulation against live processes', fidelityHeadline(rows), table([...fidelityColumns, 'Verdict'], lines)]
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
    `Generated from \`${stem}.json\`, which run ${results.run} (plan ${results.plan}, seed \`${results.seed}\`) of ${results.startedAt} left on ${results.machine}. What is measured and how is told in [LOAD-TESTING.md](../LOAD-TESTING.md).`,
    ...scenarioParts(results.scenarios),
    ...studies.map((study) => studyText(stem, study)),
    ...recoveryParts(stem, results.recoveries),
    ...fidelityParts(results.fidelity),
  ].join('\n\n')
  const alone = ({ markup }: Markup): string => markup.replace('>\n', `>\n${ownStyle}\n`)
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
