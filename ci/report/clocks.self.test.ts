import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadOf } from '../../k6/shapes.ts'
import { metricNames } from '../../k6/thresholds.ts'
import { readRunFiles } from '../../suites/evidence/stored.ts'
import { observeStages } from '../../suites/events/stage-clocks.ts'
import { writeSampleRun, type SampleRow } from '../bundle/sample-run.ts'
import { ArrivalLog } from '../run/arrival-log.ts'
import { observeClocks } from '../run/event-clocks.ts'
import { loadClockTable, stageClockTable } from './clocks.ts'
import { readReport, type Report } from './model.ts'
import { renderPage } from './page.ts'

const load = loadOf('events-peak', 'gate')
const alerts = 100
/** Each alert came 60 ms after it was to be sent and 40 ms after it was. */
const log = new ArrivalLog(load)
for (let arrival = 0; arrival < alerts; arrival += 1) {
  const take = (metric: string, value: number, name = '') =>
    log.take({ arrival, metric, value, tags: { name }, atMs: 0 })
  if (arrival === 0) take(metricNames.scenarioStart, 0)
  take(metricNames.duration, 60, load.objectiveId)
  take(metricNames.duration, 40, 'event-sent-to-alert')
}
/** The target told of a quantile beyond all of its edges, and of all others up to 10 ms. */
const own = { edgesMs: [10, 100], counts: [98, 0, 2], sumMs: 1_000 }
const rows: readonly SampleRow[] = [
  {
    requirement: 'EVT-PEAK',
    tier: 'processes',
    draw: (observe) => observeClocks(observe, { load, log, before: null, after: [own], name: 'events-peak' }),
  },
  {
    requirement: 'EVT-COMPONENT',
    tier: 'processes',
    draw: (observe) =>
      observeStages(observe, {
        timed: new Map([
          ['routing', own],
          ['remediation', own],
        ]),
        seen: new Map([['remediation', Array.from({ length: 50 }, () => 33)]]),
        seconds: 10,
      }),
  },
]

let root = ''
let report: Report
let doubted: Report
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'meshcert-clocks-'))
  await writeSampleRun(join(root, 'run'), { rows })
  await writeSampleRun(join(root, 'doubted'), { rows, aborted: 'EVT-PEAK' })
  report = readReport(await readRunFiles(join(root, 'run')))
  doubted = readReport(await readRunFiles(join(root, 'doubted')))
})
afterAll(() => rm(root, { recursive: true, force: true }))

test('three clocks of a load stand side by side, with what the sender and the target leave out and its bounds', () => {
  const { rows: lines = [] } = loadClockTable(report.clocks) ?? {}
  expect(lines).toEqual([
    ['EVT-PEAK, processes, events-peak, 100 alerts', 'p50', '60', '40', '0 to 10', '20', '50 to 60'],
    ['EVT-PEAK, processes, events-peak, 100 alerts', 'p95', '60', '40', '0 to 10', '20', '50 to 60'],
    // What lies beyond all edges of a histogram has no upper bound, so no difference is told.
    ['EVT-PEAK, processes, events-peak, 100 alerts', 'p99', '60', '40', '–', '20', '–'],
  ])
})

test('every stage has its three quantiles by the clocks that it has', () => {
  const { rows: lines = [] } = stageClockTable(report.clocks) ?? {}
  expect(lines).toHaveLength(6 * 3)
  const of = (stage: string, quantile: string) =>
    lines.find(([name, rank]) => name?.includes(`processes, ${stage},`) && rank === quantile)?.slice(2)
  expect(of('remediation', 'p50')).toEqual(['280', '0 to 10', '33', '23 to 33'])
  expect(of('routing', 'p95')).toEqual(['85', '0 to 10', '–', '–'])
  expect(of('inference', 'p99')).toEqual(['20', '–', '–', '–'])
})

test('clocks of a record that is not believed say so', () => {
  expect(loadClockTable(doubted.clocks)?.rows[0]?.[0]).toMatch(/alerts \(not believed\)$/)
})

test('the page shows both tables, what was counted beside verdicts, every limit of a row and where its files lie', () => {
  const page = renderPage(report)
  expect(page).toMatch(
    /Clocks side by side[\s\S]*Event loads by three clocks[\s\S]*50 to 60[\s\S]*Stages by two clocks/,
  )
  expect(page).toMatch(/18 limits of rows that have several[\s\S]*remediation-p95[\s\S]*350 ms/)
  expect(page).toContain('p95 of events-peak: left out by counting from the actual send')
  expect(page).toContain('href="./files/EVT-PEAK%40processes-0-events-peak.clocks.gz"')
  expect(page).not.toMatch(/NaN|undefined|Infinity/)
  expect(renderPage({ ...report, clocks: [] })).not.toContain('Clocks side by side')
})
