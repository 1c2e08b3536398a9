/** What pages of published results share: the run that they come from, the fidelity table, drawings that stand alone. */
import { z } from 'zod'
import { table } from '../generate/markdown.ts'
import type { MeasuredFidelity } from './fidelity.ts'
import { fidelityCells, fidelityColumns, fidelityHeadline } from './fidelity-text.ts'
import type { Markup } from './markup.ts'
import type { Report } from './model.ts'

export const RunFacts = z.object({
  run: z.string(),
  plan: z.string(),
  seed: z.string(),
  startedAt: z.string(),
  machine: z.string(),
})
export type RunFacts = z.infer<typeof RunFacts>

export function runFacts({ plan, environment }: Pick<Report, 'plan' | 'environment'>): RunFacts {
  const of = (key: string) => {
    const value = environment[key]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : 'unknown'
  }
  return {
    run: plan.run,
    plan: plan.plan,
    seed: plan.seed,
    startedAt: plan.startedAt,
    machine: `${of('cores')} × ${of('cpu')}, ${of('platform')}, Node ${of('node')}`,
  }
}

/** Where the results that are called `stem` come from. */
export const origin = (stem: string, { run, plan, seed, startedAt, machine }: RunFacts): string =>
  `Generated from \`${stem}.json\`, which run ${run} (plan ${plan}, seed \`${seed}\`) of ${startedAt} left on ${machine}.`

export function fidelityParts(rows: readonly MeasuredFidelity[]): readonly string[] {
  if (rows.length === 0) return []
  const lines = rows.map((row) => {
    const { cells, found } = fidelityCells(row)
    return [...cells, found.word === 'agrees' ? found.word : `**${found.word}**`]
  })
  return ['## Simulation against live processes', fidelityHeadline(rows), table([...fidelityColumns, 'Verdict'], lines)]
}

/** A drawing that stands alone brings its own colours; they read on white and on dark ground. */
const ownStyle = `<style>
svg{background:#fff;font:11px system-ui,sans-serif}text{fill:#525b66}.grid{stroke:#d5dae0}.axis{stroke:#525b66}
.limit{stroke:#a8201a;stroke-dasharray:4 3}.line,.model{fill:none;stroke-width:1.8}.model{stroke-dasharray:6 4}
.line.series-1,.model.series-1{stroke:#1d5fa8}.line.series-2,.model.series-2{stroke:#765000}.line.series-3,.model.series-3{stroke:#55389b}
circle.series-1,text.series-1{fill:#1d5fa8}circle.series-2,text.series-2{fill:#765000}circle.series-3,text.series-3{fill:#55389b}
text.title,text.name{font-weight:600}.never{fill:#a8201a}.median{stroke:#1c2127;stroke-width:2}
.bars{fill:none;stroke:#1d5fa8;stroke-width:3}.mark-2-name{fill:#a8201a}.bad{fill:none;stroke:#a8201a;stroke-width:2}.mark-1{stroke:#525b66;stroke-dasharray:2 3}.mark-2{stroke:#a8201a}
</style>`

/** A file's text; `style` is what only this drawing needs beside the colours of all. */
export const alone = ({ markup }: Markup, style = ''): string =>
  markup.replace('>\n', `>\n${style === '' ? ownStyle : ownStyle.replace('</style>', `${style}\n</style>`)}\n`)
