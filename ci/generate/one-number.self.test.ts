import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { limitTag, metricNames, thresholdsOf } from '../../k6/thresholds.ts'
import { loadOf } from '../../k6/shapes.ts'
import { sla, type LoadShapeName, type Objective, type ObjectiveId } from '../../sla.config.ts'
import { metrics, type Metric } from '../../suites/contract/metrics.ts'
import { createLatencyHistogram } from '../../suites/evidence/histogram.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import { judge } from '../verdict/judge.ts'
import { promisesFor } from '../verdict/plan.ts'
import { RequirementData } from '../verdict/promises.ts'
import { record } from '../verdict/sample-evidence.ts'

/*
 * "p99 ≤ X" stands in five places: the k6 threshold, a bucket edge, the burn-rate SLI, the limit line
 * of a panel, and the judge. Each is read as it is shipped and must hold the number of sla.config.ts.
 */
type Latency = Extract<Objective, { kind: 'latency' }>
const objectives: Readonly<Record<ObjectiveId, Objective>> = sla.objectives
const measured = (Object.entries(objectives) as [ObjectiveId, Objective][]).filter(
  (entry): entry is [ObjectiveId, Latency & { metric: string }] =>
    entry[1].kind === 'latency' && entry[1].metric !== null,
)
const alerting = measured.filter(([, { severity }]) => severity !== 'info')
const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8')

const RuleFile = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          record: z.string().optional(),
          alert: z.string().optional(),
          expr: z.string(),
          labels: z.record(z.string(), z.string()).optional(),
        }),
      ),
    }),
  ),
})
const rulesOf = (plane: string) =>
  RuleFile.parse(parse(read(`alerting/generated/${plane}.yml`), { version: '1.1' })).groups.flatMap(
    ({ rules }) => rules,
  )

const Panels = z.object({
  panels: z.array(
    z.object({
      targets: z.array(z.object({ expr: z.string() })).optional(),
      fieldConfig: z
        .object({
          defaults: z.object({
            unit: z.string(),
            custom: z.object({ thresholdsStyle: z.object({ mode: z.string() }) }),
            thresholds: z.object({ steps: z.array(z.object({ value: z.number().nullable() })) }),
          }),
        })
        .optional(),
    }),
  ),
})
const { panels } = Panels.parse(JSON.parse(read('dashboards/generated/mesh-overview.json')))

/** Judges n samples of one value by the objective alone, on behalf of a row that cites it. */
function judged(id: ObjectiveId, { limit }: Latency, ms: number) {
  const row = catalogue.find(({ objective, further = [] }) => [objective, ...further].includes(id))
  if (row === undefined) throw new Error(`no row cites ${id}`)
  const promises = promisesFor([row.id])
  const { further: _, checkers: __, ...alone } = RequirementData.parse(promises.rows[row.id])
  const histogram = createLatencyHistogram([limit])
  for (let i = 0; i < 400; i += 1) histogram.record(ms)
  const target = { ...record().target, capabilities: [...row.capabilities] }
  const evidence = record({ requirement: row.id, target, observations: [histogram.observation(id)] })
  return judge({
    row: { ...alone, objective: id },
    objectives: promises.objectives,
    evidence: [evidence],
    histories: new Map(),
    exemptions: [],
    confidence: 0.95,
    repeatsExpected: 1,
  })
}

test('there are latency promises to compare', () => {
  expect(alerting.length).toBeGreaterThanOrEqual(9)
})

describe.for(measured)('%s', ([id, promise]) => {
  const { metric, limit, quantile, labels } = promise
  const limitS = limit / 1_000
  test('has a bucket edge exactly at its limit', () => {
    const series = metrics.find(({ name }) => name === metric) as Metric | undefined
    expect(series?.buckets).toContain(limitS)
  })
  test('is a line on a panel that shows its series', () => {
    const stage = Object.entries(labels ?? {}).map(([label, value]) => `${label}="${value}"`)
    const own = panels.filter(({ targets = [] }) =>
      targets.some(({ expr }) => expr.includes(`${metric}_bucket`) && stage.every((matcher) => expr.includes(matcher))),
    )
    expect(own).toHaveLength(1)
    const defaults = own[0]?.fieldConfig?.defaults
    expect(defaults?.unit).toBe('s')
    expect(defaults?.custom.thresholdsStyle.mode).toBe('line')
    expect(defaults?.thresholds.steps.map(({ value }) => value)).toContain(limitS)
    expect(own[0]?.targets?.some(({ expr }) => expr.startsWith(`histogram_quantile(${quantile},`))).toBe(true)
  })
  test('is where the judge’s verdict turns', () => {
    expect(judged(id, promise, limit)).toMatchObject({ verdict: 'PASS', limit })
    expect(judged(id, promise, limit * 1.01)).toMatchObject({ verdict: 'FAIL', limit })
  })
})

describe.for(alerting)('burn rate of %s', ([id, { plane, metric, limit, quantile }]) => {
  const rules = rulesOf(plane).filter(({ labels }) => labels?.['slo'] === id)
  test('counts as bad what is over its limit', () => {
    const bad = rules.find(({ record }) => record === 'slo:bad:increase5m')?.expr ?? ''
    const [, text] = /le=~?"([^"]+)"/.exec(bad) ?? []
    expect(bad).toContain(`${metric}_bucket{`)
    const [spelling = ''] = text?.split('|') ?? []
    expect(Number(spelling.replace('(\\\\.0)?', '').replaceAll('\\\\.', '.'))).toBe(limit / 1_000)
  })
  test('fires at its factor times the share that may be over it', () => {
    const fast = rules.find(({ alert, labels }) => alert !== undefined && labels?.['tier'] === 'page-fast')
    const [, threshold] = /ratio1h\{[^}]*\} > ([\d.]+)/.exec(fast?.expr ?? '') ?? []
    expect(Number(threshold)).toBeCloseTo(sla.burnRate.tiers[0].factor * (1 - quantile), 9)
  })
})

describe.for(Object.keys(sla.loadShapes) as LoadShapeName[])('k6 shape %s', (shape) => {
  test('is held against the limit and the share of its promise', () => {
    const load = loadOf(shape, 'gate')
    const objective = objectives[sla.loadShapes[shape].latency]
    if (objective.kind !== 'latency') throw new Error(`${shape} is judged by something that is no latency`)
    const thresholds = thresholdsOf(load, { sampleShare: 1, maxGeneratorCores: sla.premises.generatorCores })
    const judgedAt = `{${limitTag}:${objective.limit}}`
    expect(thresholds[`${metricNames.within}${judgedAt}`]).toEqual([`rate>=${objective.quantile}`])
    expect(thresholds[`${metricNames.samples}${judgedAt}`]).toEqual([
      `count>=${sla.loadShapes[shape].sampleFloor.gate}`,
    ])
  })
})
