/** Chaos reports as pages of the documentation: each is made from a `docs/results/chaos*.json`, which `meshcert report RUN --format chaos` writes. */
import { z } from 'zod'
import { sla } from '../../sla.config.ts'
import { steadyPollMs } from '../../chaos/steady.ts'
import { percent } from '../verdict/figures.ts'
import { chaosHeadline, courseTable, outcomeTable, proofTable, timingTable } from './chaos-text.ts'
import { MeasuredFidelity } from './fidelity.ts'
import type { Markup } from './markup.ts'
import { MeasuredChaos, tierOrder } from './measured-chaos.ts'
import type { Report } from './model.ts'
import { recoveryPlot } from './recovery-plot.ts'
import { alone, fidelityParts, origin, RunFacts, runFacts } from './results-page.ts'
import { timelineCaption, timelinePlot, timelineStyle, type TimelinePanel } from './timeline-plot.ts'

export const chaosSchema = 'meshcert/chaos-results/v1'

const ChaosResults = z.object({
  schema: z.literal(chaosSchema),
  ...RunFacts.shape,
  /** Of each one-sided bound. */
  confidence: z.number(),
  target: z.object({ name: z.string(), version: z.string() }),
  /** SHA-256 of what went into the run, which no record of it names by a commit. */
  inputs: z.record(z.string(), z.string()),
  rows: z.array(MeasuredChaos),
  fidelity: z.array(MeasuredFidelity),
})
type ChaosResults = z.infer<typeof ChaosResults>

/** What a run found of faults, to be committed. */
export function renderChaos(report: Report): string {
  const { plan, document, chaos, fidelity } = report
  const ids = new Set(chaos.map(({ id }) => id))
  const results: ChaosResults = {
    schema: chaosSchema,
    ...runFacts(report),
    confidence: plan.confidence,
    target: document.target,
    inputs: plan.inputs,
    rows: [...chaos],
    fidelity: fidelity.filter(({ requirements }) => requirements.some((id) => ids.has(id))),
  }
  return `${JSON.stringify(results)}\n`
}

type Drawing = {
  readonly name: string
  /** For those who can't see it. */
  readonly alt: string
  readonly svg: Markup
  readonly style: string
}

const areaNames: Readonly<Record<string, string>> = {
  NET: 'Network',
  NODE: 'Nodes',
  BYZ: 'Compromised members',
  CRYPTO: 'Cryptography and identity',
  STORE: 'Storage that lies',
  UNDER: 'Other planes under faults',
  SELF: 'The suite itself',
}

/** `NET` of `CHAOS-NET-7`, `SELF` of `SELF-UNDO`. */
const areaOf = ({ id }: MeasuredChaos): string => /^(?:CHAOS-)?([A-Z]+)/.exec(id)?.[1] ?? id

function panelOf({ id, tier, timings, course }: MeasuredChaos): readonly TimelinePanel[] {
  if (course === null) return []
  const { name, limitS = null } = timings.find((series) => series.limitS !== null) ?? {}
  const limit: TimelinePanel['limit'] =
    limitS !== null && (name === 'detection' || name === 'recovery') ? { s: limitS, of: name } : null
  return [{ requirement: id, tier, course, limit }]
}

/** The courses of one area's faults. */
function timelineOf(area: string, rows: readonly MeasuredChaos[]): readonly Drawing[] {
  const svg = timelinePlot(rows.flatMap(panelOf), tierOrder)
  return svg === null
    ? []
    : [
        {
          name: `timeline-${area.toLowerCase()}`,
          alt: 'Courses of faults, as in the table below',
          svg,
          style: timelineStyle,
        },
      ]
}

const pointCaption =
  'Each repeat is a point; the short mark below a row is its median. No point may reach the dashed limit.'

/** What is judged of one name, over all rows: a drawing of each. */
function distributionsOf(rows: readonly MeasuredChaos[]): readonly Drawing[] {
  const all = rows.flatMap(({ id, tier, timings }) =>
    timings.flatMap(({ name, values, censored, limitS }) => {
      const [of = name, part = null] = name.split(':')
      return limitS === null ? [] : [{ of, requirement: id, part, tier, values, censored, limitS }]
    }),
  )
  return [...Map.groupBy(all, ({ of }) => of)].flatMap(([of, own]) => {
    const axis = of.replaceAll('-', ' ')
    const svg = recoveryPlot(own, { axis, runs: 'times', never: 'never ended', isPoints: true })
    return svg === null
      ? []
      : [
          {
            name: of,
            alt: `Distribution of ${axis}, as in the table of times`,
            svg,
            style: '.points{fill:none;stroke:#1d5fa8;stroke-width:3;stroke-linecap:round}',
          },
        ]
  })
}

const fileOf = (stem: string, { name }: Drawing): string => `${stem}-${name}.svg`
const image = (stem: string, drawing: Drawing): string => `![${drawing.alt}](${fileOf(stem, drawing)})`

function areaParts(stem: string, area: string, rows: readonly MeasuredChaos[]): readonly string[] {
  const drawings = timelineOf(area, rows)
  return [
    `### ${areaNames[area] ?? area}`,
    ...drawings.flatMap((drawing) => [image(stem, drawing), courseTable(rows)]),
    proofTable(rows),
  ]
}

/** What was timed before times said how exactly they are known was asked for at one pace. */
const known = (rows: readonly MeasuredChaos[]): string =>
  rows.some(({ timings }) => timings.some(({ resolutionS }) => resolutionS !== undefined))
    ? `A time is told by the first answer that shows its end, so that it is never too short; _known to_ is the longest that any answer of the row came after the last question without it had been asked, and – stands where nobody says so. What is awaited is asked for as often as ${sla.chaos.resolutionMs} ms take, if the target answers fast enough.`
    : `A mesh was asked every ${steadyPollMs} ms, from the proof of an effect on, and times are rounded up to that; what a call answers at once is known to its answer.`

const reading = (rows: readonly MeasuredChaos[], confidence: number): string =>
  `Seconds. ${known(rows)} _detection_ counts from the injection, _first success_ and _recovery_, the first steady state that is then held, from the end of a transient fault and from the injection of a sustained one. Where every repeat is timed and none is missing, a time is that of its repeat; otherwise the records do not tell of which, and – stands. Each bound of a median is one-sided at ${percent(confidence)} confidence.`

/** A page and its drawings by file name below `docs/results`; all begin with `stem`. Throws where the results are of another form. */
export function chaosResultFiles(stem: string, text: string): ReadonlyMap<string, string> {
  const results = ChaosResults.parse(JSON.parse(text))
  const { rows, confidence, target, inputs, fidelity } = results
  const areas = [...Map.groupBy(rows, areaOf)]
  const drawings = [...distributionsOf(rows), ...areas.flatMap(([area, own]) => timelineOf(area, own))]
  const digests = Object.entries(inputs).map(([name, digest]) => `${name} \`${digest.slice(0, 16)}\``)
  const page = [
    '# Chaos results',
    `${origin(stem, results)} Target: ${target.name} ${target.version}. SHA-256 of what went into it begins with: ${digests.join(', ')}. How chaos is done is told in [CHAOS.md](../CHAOS.md).`,
    chaosHeadline(rows),
    '## Outcomes in each world',
    outcomeTable(rows),
    ...fidelityParts(fidelity),
    '## Distributions',
    pointCaption,
    ...distributionsOf(rows).map((drawing) => image(stem, drawing)),
    '## Times',
    reading(rows, confidence),
    timingTable(rows, confidence),
    '## Timelines, row by row',
    timelineCaption,
    ...areas.flatMap(([area, own]) => areaParts(stem, area, own)),
  ].join('\n\n')
  return new Map([
    [`${stem}.md`, `${page}\n`],
    ...drawings.map((drawing) => [fileOf(stem, drawing), alone(drawing.svg, drawing.style)] as const),
  ])
}
