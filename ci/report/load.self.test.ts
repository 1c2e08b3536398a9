import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createLatencyHistogram } from '../../suites/evidence/histogram.ts'
import type { Evidence } from '../../suites/evidence/record.ts'
import { meshCpuFigure } from '../../suites/mesh/live-figures.ts'
import { record } from '../verdict/sample-evidence.ts'
import { studyMarkup } from './load-page.ts'
import { loadPlots } from './load-plots.ts'
import { loadResultFiles, loadSchema } from './load-results.ts'
import { scenariosOf, scenarioTable } from './load-scenarios.ts'
import { sampleGrowth as growth, sampleLimit } from './load-sample.ts'
import { growthsOf, studyOf } from './load-study.ts'
import { adviceText, figureTable, headline, tableRows } from './load-text.ts'
import { plotOf } from './plot.ts'
import { recoveryPlot, type Recovered } from './recovery-plot.ts'

const Formatter = z.object({ ignorePatterns: z.array(z.string()) })
const { frame } = growth
const runs = growth.trials.map(({ run }) => run)
const limit = sampleLimit
const study = studyOf(growth)

test('the headline tells what was foretold, found, and how far apart', () => {
  expect(headline(study)).toMatch(
    /foretold at 2,\d+ nodes by processor from 500, 1,000, 1,500; found was 2,\d+ nodes, [\d.]+ % away; 2,000 nodes still hold/,
  )
  expect(headline({ ...study, frame: { ...frame, cost: 'modelled' } })).toMatch(
    /^In virtual time, by the calibrated cost model/,
  )
})

test('a search that closed no bracket found no limit, whatever failed in it', () => {
  const gaveOut = { type: 'found', ended: 'premise broke', lastHeld: 1_500, interval: [1_500, null] } as const
  for (const firstFailed of [null, 2_000])
    expect(headline({ ...study, found: { ...gaveOut, interval: [1_500, null], firstFailed } })).toMatch(
      /the largest size that held is 1,500 nodes, and no limit was found: the measuring side gave out first\.$/,
    )
})

test('a prediction that the speed of the machine moved is told beside the first one, each with its distance', () => {
  const { found, foretold } = growth
  if (found === null || found.firstFailed === null) throw new Error('The sample found its limit.')
  const foretoldThen = 1.1 * found.firstFailed
  const told = headline({ ...study, found: { ...found, foretoldThen } })
  expect(told).toMatch(
    new RegExp(
      `, [\\d.]+ % away, 10 % from ${Math.round(foretoldThen).toLocaleString('en-US')} nodes at the machine's`,
    ),
  )
  expect(headline({ ...study, found: { ...found, foretoldThen: foretold?.nodes ?? null } })).toBe(headline(study))
})

test('every trial stands in the table, failed ones too', () => {
  expect(tableRows(study).map(([nodes, outcome]) => [nodes, outcome])).toEqual([
    ['500', 'holds'],
    ['1,000', 'holds'],
    ['1,500', 'holds'],
    ['2,000', 'holds'],
    [(limit + 40).toLocaleString('en-US'), 'fails'],
  ])
})

test('plots say in words what they show, cross out what failed and hold no broken number', () => {
  const plots = loadPlots(study)
  expect(plots.map(({ name }) => name)).toEqual(['latency', 'throughput', 'efficiency', 'processor', 'formation'])
  for (const { svg } of plots) {
    expect(svg.markup).toMatch(/role="img" aria-label="[^"]+ against nodes/)
    expect(svg.markup).not.toMatch(/NaN|undefined|Infinity/)
  }
  const [latency] = plots
  expect(latency?.svg.markup.match(/class="bad"/g)).toHaveLength(3)
  expect(latency?.svg.markup).toContain('limit of p99, 100 ms')
  expect(latency?.svg.markup).toMatch(/foretold 2,\d+/)
})

test('a search in which nothing formed is drawn without a broken number', () => {
  const [first] = runs
  if (first === undefined) throw new Error('no run')
  const none = {
    ...first,
    formedInMs: null,
    seconds: 0,
    latencyMs: null,
    beaconsOffered: 0,
    beaconsUsed: 0,
    processes: [],
  }
  const empty = studyOf({ ...growth, trials: [{ run: none, outcome: 'fails' }], foretold: null, found: null })
  const page = studyMarkup(empty).markup
  expect(page).not.toMatch(/NaN|undefined|Infinity/)
  expect(page).toContain('did not form')
})

test('sizes of an analysis are drawn from its document, what was foretold is made again', () => {
  const document = gzipSync(JSON.stringify({ frame, runs: runs.slice(0, 3) }))
  const observations: Evidence['observations'] = [
    { type: 'file', name: 'scaling-report', kind: 'scaling', bytes: 1, file: 'files/x.gz', sha256: '0'.repeat(64) },
  ]
  const stored = {
    evidence: [{ ...record(), requirement: 'LOAD-ANALYZE', observations }],
    histories: new Map(),
    documents: new Map([['files/x.gz', document]]),
  }
  const [made] = growthsOf(stored)
  expect(made?.foretold).toEqual(growth.foretold)
  expect(headline(studyOf(made ?? growth))).toMatch(/foretold at 2,\d+ nodes .*; no larger size was run/)
  expect(() => growthsOf({ ...stored, documents: new Map([['files/x.gz', new Uint8Array([1])]]) })).toThrow(
    'files/x.gz',
  )
})

test('what is metered beside the load is a table by size: the median of the tries, and a dash where nothing was told', () => {
  const sized = (name: string, values: number[]): Evidence['observations'][number] => ({
    type: 'series',
    name,
    unit: 'ms',
    values,
    censored: values.length === 0 ? 1 : 0,
  })
  const document = gzipSync(JSON.stringify({ frame, runs: runs.slice(0, 2) }))
  const observations: Evidence['observations'] = [
    { type: 'file', name: 'scaling-report', kind: 'scaling', bytes: 1, file: 'files/x.gz', sha256: '0'.repeat(64) },
    sized('sign p99 at 1000 nodes', [3, 9, 4]),
    sized('sign p99 at 500 nodes', [2]),
    sized('rotation at 500 nodes', []),
    sized('recovery', [1]),
  ]
  const stored = {
    evidence: [{ ...record(), requirement: 'LOAD-ANALYZE', observations }],
    histories: new Map(),
    documents: new Map([['files/x.gz', document]]),
  }
  const made = studyOf(growthsOf(stored)[0] ?? growth)
  expect(figureTable(made)).toEqual({
    columns: ['Metered beside the load', '500 nodes', '1,000 nodes'],
    rows: [
      ['sign p99, ms', '2', '4'],
      ['rotation, ms', '–', '–'],
    ],
  })
  expect(studyMarkup(made).markup).toContain('aria-label="Figures of LOAD-ANALYZE on processes"')
  expect(figureTable({ ...made, figures: [] })).toBeNull()
})

test('names at the ends of lines never lie on one another', () => {
  const series = ['a', 'b', 'c'].map((name) => ({ name, points: [{ x: 1, y: 5 }] }))
  const { markup } = plotOf({ label: 'l', x: 'x', y: 'y', series })
  const ys = [...markup.matchAll(/class="name[^>]* y="([\d.]+)"/g)].map(([, y]) => Number(y))
  expect(ys).toHaveLength(3)
  for (const [index, y] of ys.slice(1).entries()) expect(y - (ys[index] ?? 0)).toBeGreaterThanOrEqual(12)
})

const latencyOf = (name: string, valuesMs: readonly number[]): Evidence['observations'][number] => {
  const histogram = createLatencyHistogram([])
  for (const ms of valuesMs) histogram.record(ms)
  return histogram.observation(name)
}
const metered = (name: string, values: number[]): Evidence['observations'][number] => ({
  type: 'series',
  name,
  unit: 'cores',
  values,
  censored: values.length === 0 ? 1 : 0,
})
const watched: Evidence = {
  ...record(),
  requirement: 'LOAD-100',
  observations: [
    latencyOf('beacon-latency-100', [1, 2, 3, 40]),
    latencyOf('beacon-final', [7]),
    latencyOf('beacon-processing', [1]),
    metered(meshCpuFigure, [0.4]),
    metered('SVID rotation p99', []),
  ],
}

test('what rows told of their loads stands side by side: latency by rank, time to final and all that is metered', () => {
  const sized: Evidence = {
    ...watched,
    requirement: 'LOAD-METRICS',
    observations: [500, 1_000].flatMap((nodes) => [
      metered(`beacon latency p50 at ${nodes} nodes`, [nodes]),
      metered(`${meshCpuFigure} at ${nodes} nodes`, [nodes / 1_000]),
    ]),
  }
  const other: Evidence = { ...watched, requirement: 'CHAOS-NODE-1', observations: [metered('recovery', [1])] }
  const told = scenarioTable(scenariosOf({ evidence: [sized, watched, other] }))
  expect(told?.columns).toEqual([
    'Reported',
    'LOAD-100, processes',
    'LOAD-METRICS, 500 nodes, processes',
    'LOAD-METRICS, 1,000 nodes, processes',
  ])
  const lines = new Map((told?.rows ?? []).map(([name = '', ...cells]) => [name, cells]))
  expect([...lines.keys()]).toEqual([
    ...['p50', 'p95', 'p99'].map((rank) => `beacon latency ${rank}, ms`),
    ...['p50', 'p95', 'p99'].map((rank) => `time to final ${rank}, ms`),
    `${meshCpuFigure}, cores`,
    'SVID rotation p99, cores',
    'beacon latency p50, cores',
  ])
  expect(lines.get(`${meshCpuFigure}, cores`)).toEqual(['0.4', '0.5', '1'])
  expect(lines.get('SVID rotation p99, cores')).toEqual(['–', '–', '–'])
  expect(Number(lines.get('beacon latency p99, ms')?.[0])).toBeCloseTo(40, 0)
  expect(scenarioTable(scenariosOf({ evidence: [other] }))).toBeNull()
  const unbelieved = { ...watched, aborted: 'it ended' }
  expect(scenariosOf({ evidence: [unbelieved] })).toEqual([])
})

test('what generate writes below docs/results is left to it by the formatter', () => {
  const { ignorePatterns } = Formatter.parse(JSON.parse(readFileSync('.oxfmtrc.json', 'utf8')))
  for (const file of ['load*', 'chaos*', 'kill-matrix'])
    for (const kind of ['json', 'md']) expect(ignorePatterns).toContain(`docs/results/${file}.${kind}`)
})

const recovered = (own: Partial<Recovered>): Recovered => ({
  requirement: 'CHAOS-NODE-1',
  part: null,
  tier: 'simulation',
  values: [1.5],
  censored: 0,
  limitS: 5,
  handshakesMost: null,
  ...own,
})

test('recoveries are one drawing: bars for each row, whoever never recovered in words', () => {
  expect(recoveryPlot([])).toBeNull()
  const rows = [
    recovered({ values: Array.from({ length: 59 }, (_, run) => 1 + run / 59) }),
    recovered({ requirement: 'CHAOS-NODE-3', tier: 'processes', values: [], censored: 2 }),
    recovered({ requirement: 'CHAOS-NET-7', part: 'far', values: [6, 6, 6] }),
  ]
  const drawn = recoveryPlot(rows)?.markup ?? ''
  expect(drawn).toContain('aria-label="64 recoveries of 3 rows: the slowest took 6 s; 2 never recovered"')
  expect(drawn).not.toMatch(/NaN|undefined|Infinity/)
  expect(drawn.match(/class="limit"/g)).toHaveLength(3)
  expect(drawn.match(/class="median"/g)).toHaveLength(2)
  // Three that took equally long are one bar of full height, a hundred that no screen tells apart are few.
  const bars = [...drawn.matchAll(/class="bars" d="([^"]*)"/g)].map(([, path = '']) => path.match(/v-[\d.]+/g) ?? [])
  expect(bars.map((own) => own.length)).toEqual([expect.toSatisfy((count: number) => count > 10 && count < 59), 0, 1])
  expect(bars[2]).toEqual(['v-20'])
  expect(drawn).toMatch(/CHAOS-NET-7 far, simulation[\s\S]*>3: 6, 6 s/)
  expect(drawn).toMatch(/>2<tspan class="never">, 2 never</)
})

test('pages of the documentation are made from committed results, the same bytes each time', () => {
  const results = JSON.stringify({
    schema: loadSchema,
    run: 'r',
    plan: 'quick',
    seed: 's',
    startedAt: 'then',
    machine: '2 cores',
    scenarios: scenariosOf({ evidence: [watched] }),
    growths: [growth],
    recoveries: [
      recovered({ requirement: 'CHAOS-NODE-1', values: [1, ...Array.from({ length: 57 }, () => 1.5), 2] }),
      recovered({ requirement: 'CHAOS-NODE-2', values: [], censored: 3 }),
      recovered({
        requirement: 'CHAOS-NODE-3',
        part: 'large',
        tier: 'processes',
        values: [2.5, 4.9],
        censored: 1,
        handshakesMost: 24,
      }),
    ],
    fidelity: [
      {
        quantity: 'recovery, median',
        unit: 's',
        requirements: ['CHAOS-NODE-1', 'CHAOS-NODE-1'],
        simulation: { value: 1.6, n: 59 },
        processes: { missing: 'CHAOS-NODE-1 did not run there' },
        differenceMax: 0.25,
      },
    ],
  })
  const files = loadResultFiles('load-here', results)
  expect([...files.keys()]).toEqual([
    'load-here.md',
    ...['latency', 'throughput', 'efficiency', 'processor', 'formation'].map(
      (name) => `load-here-load-limit-processes-${name}.svg`,
    ),
    'load-here-recovery.svg',
  ])
  expect([...loadResultFiles('load-here', results)]).toEqual([...files])
  const page = files.get('load-here.md') ?? ''
  for (const advice of adviceText(study)) expect(page).toContain(advice)
  expect(page).toMatch(/Universal Scalability Law.*; the farthest size is [\d.]+ % off the law\./)
  expect(page).toMatch(/CHAOS-NODE-1 \| simulation \| 59 \| 0 \| 1\.50 \| 2\.00 \| 5\.00 \| 60 % \| – \|/)
  expect(page).toContain('](load-here-recovery.svg)')
  expect(page).toMatch(
    /## Load scenarios\n\n\| Reported \| LOAD-100, processes \|\n[^\n]+\n\| beacon latency p50, ms \| 2 \|/,
  )
  expect(page).toContain('| network bytes sent, B/s | 450,000 | 900,000 |')
  expect(files.get('load-here-recovery.svg')).toMatch(/^<svg xmlns="[^"]+"[^>]*>\n<style>/)
  expect(page).toMatch(/CHAOS-NODE-3 large \| processes \| 3 \| 1 \| 3\.70 \| 4\.90 \| 5\.00 \| none \| at most 24 \|/)
  expect(page).toMatch(/CHAOS-NODE-2 \| simulation \| 3 \| 3 \| – \| – \| 5\.00 \| none/)
  expect(page).toContain('0 of 1 quantities agree within their bounds; of 1 a side is missing, which shows nothing.')
  expect(page).toMatch(
    /1\.6 s \(n = 59\) \| missing: CHAOS-NODE-1 did not run there \| – \| – \| 25 % \| \*\*one side missing/,
  )
  expect(files.get('load-here-load-limit-processes-latency.svg')).toMatch(/^<svg xmlns="[^"]+"[^>]*>\n<style>/)
  expect(() => loadResultFiles('load', '{"schema":"other"}')).toThrow('schema')
})
