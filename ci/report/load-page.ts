import { quantileName } from '../verdict/figures.ts'
import { loadPlots } from './load-plots.ts'
import type { LoadStudy } from './load-study.ts'
import { adviceText, bottleneckText, columns, headline, lawText, tableRows } from './load-text.ts'
import { markup, type Markup } from './markup.ts'

const paragraph = (text: string | null): Markup => (text === null ? markup`` : markup`<p>${text}</p>`)
const list = (items: readonly string[]): Markup => markup`<ul>${items.map((item) => markup`<li>${item}</li>`)}</ul>`

/** One growing mesh: what came of it, why, what to do, and everything that was measured. */
export function studyMarkup(study: LoadStudy): Markup {
  const { requirement, tier, frame, analysis } = study
  const name = `${requirement} on ${tier}`
  const { latencyMs, quantile, lossShare } = frame.limits
  const figures = loadPlots(study).map(
    ({ caption, svg }) => markup`<figure>${svg}<figcaption><b>${name}</b>: ${caption}</figcaption></figure>`,
  )
  const rows = tableRows(study).map((cells) => {
    const [first = '', ...others] = cells
    return markup`<tr><th scope="row">${first}</th>${others.map((cell) => markup`<td class="number">${cell}</td>`)}</tr>`
  })
  const heads = columns.map(
    (column, index) => markup`<th scope="col" class="${index === 0 ? '' : 'number'}">${column}</th>`,
  )
  return markup`<h3>${name}</h3>
<p>${headline(study)}</p>
<p class="soft">A size fails when ${quantileName(quantile)} reaches ${latencyMs} ms, more than ${lossShare * 100} % of the beacons are lost,
or a node does not know all others; timer profile ${frame.timerProfile}.</p>
${paragraph(bottleneckText(study))}${list(analysis.bottleneck?.evidence ?? [])}
${paragraph(lawText(study))}
${list(adviceText(study))}
<div class="charts">${figures}</div>
<div class="scroll" role="region" aria-label="Sizes of ${name}" tabindex="0"><table>
<thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table></div>`
}
