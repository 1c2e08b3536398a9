import { quantileName } from '../verdict/figures.ts'
import { loadPlots } from './load-plots.ts'
import type { LoadStudy } from './load-study.ts'
import { adviceText, bottleneckText, columns, figureTable, headline, lawText, tableRows } from './load-text.ts'
import { scenarioTable, type MeasuredScenario } from './load-scenarios.ts'
import { markup, type Markup } from './markup.ts'

const paragraph = (text: string | null): Markup => (text === null ? markup`` : markup`<p>${text}</p>`)
const list = (items: readonly string[]): Markup => markup`<ul>${items.map((item) => markup`<li>${item}</li>`)}</ul>`

/** Numbers in columns, named by their first cells. */
export function table(label: string, columns: readonly string[], rows: readonly (readonly string[])[]): Markup {
  const heads = columns.map(
    (column, index) => markup`<th scope="col" class="${index === 0 ? '' : 'number'}">${column}</th>`,
  )
  const lines = rows.map((cells) => {
    const [first = '', ...others] = cells
    return markup`<tr><th scope="row">${first}</th>${others.map((cell) => markup`<td class="number">${cell}</td>`)}</tr>`
  })
  return markup`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
<thead><tr>${heads}</tr></thead><tbody>${lines}</tbody></table></div>`
}

/** One growing mesh: what came of it, why, what to do, and everything that was measured. */
export function studyMarkup(study: LoadStudy): Markup {
  const { requirement, tier, frame, analysis } = study
  const name = `${requirement} on ${tier}`
  const { latencyMs, quantile, lossShare } = frame.limits
  const figures = loadPlots(study).map(
    ({ caption, svg }) => markup`<figure>${svg}<figcaption><b>${name}</b>: ${caption}</figcaption></figure>`,
  )
  const metered = figureTable(study)
  return markup`<h3>${name}</h3>
<p>${headline(study)}</p>
<p class="soft">A size fails when ${quantileName(quantile)} reaches ${latencyMs} ms, more than ${lossShare * 100} % of the beacons are lost,
or a node does not know all others; timer profile ${frame.timerProfile}.</p>
${paragraph(bottleneckText(study))}${list(analysis.bottleneck?.evidence ?? [])}
${paragraph(lawText(study))}
${list(adviceText(study))}
<div class="charts">${figures}</div>
${table(`Sizes of ${name}`, columns, tableRows(study))}
${metered === null ? null : table(`Figures of ${name}`, metered.columns, metered.rows)}`
}

/** What every load scenario reported, side by side; nothing where none was run. */
export function scenariosMarkup(scenarios: readonly MeasuredScenario[]): Markup {
  const told = scenarioTable(scenarios)
  if (told === null) return markup``
  return markup`<h3>Load scenarios</h3>
${table('Load scenarios', told.columns, told.rows)}`
}
