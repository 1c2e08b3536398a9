import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { loadOf } from '../../k6/shapes.ts'
import { dueAfterMs } from '../../k6/schedule.ts'
import { limitTag, metricNames } from '../../k6/thresholds.ts'
import { sla } from '../../sla.config.ts'
import type { Recorder } from '../../suites/evidence/recorder.ts'
import { ArrivalLog } from '../run/arrival-log.ts'
import { concludeDirectory } from '../run/conclude.ts'
import { observeOutcomes } from '../run/event-outcomes.ts'
import { observeK6 } from '../run/k6-evidence.ts'
import { mergeLive } from '../run/k6-live.ts'
import { noteService } from '../run/replica-kills.ts'
import { recorderOf } from '../run/row-recorder.ts'
import { judgeRow } from '../verdict/judge-row.ts'
import { samplePlan } from '../verdict/sample-plan.ts'

// The longest load of a release gives its events, and every one of them goes into both histories of a row that kills replicas,
// of which a release has fewer: no row holds more at once.
const load = loadOf('events-sustained', 'release')
const row = { requirement: 'EVT-FAILOVER', tier: 'processes', scope: 'full', repeats: 10 } as const
const runKey = 'bench'
const startMs = Date.parse('2026-01-01T00:00:00Z')
const { limit: limitGiB } = sla.objectives['suite-memory']
const kibPerGiB = 1 << 20

type Raw = { readonly metric: string; readonly value: number; readonly tags?: Readonly<Record<string, string>> }

const samplesOf = (index: number): readonly Raw[] => [
  { metric: metricNames.started, value: dueAfterMs(load, index) },
  { metric: metricNames.duration, value: 5, tags: { name: 'event-accepted' } },
  { metric: metricNames.duration, value: 60, tags: { name: 'event-sent-to-alert' } },
  { metric: metricNames.duration, value: 60, tags: { name: load.objectiveId } },
  { metric: metricNames.samples, value: 1, tags: { [limitTag]: String(load.objective.limit) } },
  { metric: metricNames.check, value: 1, tags: { name: 'event is accepted' } },
  { metric: metricNames.finished, value: 1 },
]

/** As k6 writes them, so many arrivals at a time. */
function* raw(): Generator<string> {
  const line = ({ metric, value, tags = {} }: Raw, index: number) => {
    const time = new Date(startMs + dueAfterMs(load, index)).toISOString()
    const metadata = { arrival: String(index) }
    return `${JSON.stringify({ metric, type: 'Point', data: { time, value, tags, metadata } })}\n`
  }
  yield line({ metric: metricNames.scenarioStart, value: startMs }, 0)
  for (let from = 0; from < load.planned; from += 1_000)
    yield Array.from({ length: Math.min(1_000, load.planned - from) }, (_, index) =>
      samplesOf(from + index).map((sample) => line(sample, from + index)),
    )
      .flat()
      .join('')
}

async function read(samplesFile: string, { observe }: Recorder): Promise<void> {
  const values = { [metricNames.samples]: load.planned, iterations: load.planned, dropped_iterations: 0 }
  const metrics = Object.fromEntries(Object.entries(values).map(([name, count]) => [name, { values: { count } }]))
  const summary = { metrics: { ...metrics, [metricNames.cores]: { values: { value: 0.2 } } } }
  const end = { exitCode: 0, signal: '', timedOut: false, cpuS: 1, wallS: 1, maxRssKiB: 1, realTime: false }
  const log = new ArrivalLog(load)
  const live = mergeLive({ generators: 1, name: load.objectiveId, startAtMs: startMs }, () => undefined)
  const shards = [{ samplesFile, summary, end }]
  const each = log.take.bind(log)
  const incomplete = await observeK6(observe, { load, windowMin: 5, shards, live, machineCores: 2, each })
  if (incomplete !== null) throw new Error(`What was made up is no load: ${incomplete.why}.`)
  observeOutcomes(observe, load, log)
  const notes = [{ type: 'kill', atMs: startMs + 60_000, instance: 'one' }] as const
  noteService(observe, { log, notes, load: 0, runKey })
  for (let index = 0; index < load.planned; index += 1)
    observe.history('accepted-events-accounted', {
      type: 'final',
      id: `${runKey}-${index}`,
      state: 'completed',
      reason: null,
    })
}

const counted = (count: number): string => count.toLocaleString('en-US')
const peakGiB = (): number => process.resourceUsage().maxRSS / kibPerGiB

/** What the suite holds while it reads, stores, judges and reports a row of the largest size. Rejects beyond what is promised. */
export async function course(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'))
  const lines = [
    `memory of the suite with ${counted(load.planned)} events in ${counted(load.planned * samplesOf(0).length)} samples, ` +
      `at most ${limitGiB} GiB`,
  ]
  const told = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const done = await work()
    lines.push(`  ${what}: ${peakGiB().toFixed(2)} GiB at the most so far`)
    return done
  }
  try {
    const plan = samplePlan([row], { plan: 'release' })
    writeFileSync(join(directory, 'plan.json'), JSON.stringify(plan))
    const samplesFile = join(directory, 'samples.json.gz')
    await told('written', () =>
      pipeline(Readable.from(raw()), createGzip({ level: 1 }), createWriteStream(samplesFile)),
    )
    const description = { name: 't', version: '1', capabilities: ['events', 'control'], details: {} }
    const attempt = { plan, row, stage: 0, runDirectory: directory } as const
    const recorder = recorderOf(attempt, { description, startedAt: new Date(startMs) })
    await told('read', () => read(samplesFile, recorder))
    const ending = { tookMs: 1, aborted: null, notApplicable: null, eventLogHashes: [] }
    await told('stored', () => recorder.finish(ending))
    const { reason } = await told('judged', () => judgeRow(plan, row, directory))
    await told('reported', () => concludeDirectory({ directory, plan, notes: [] }))
    lines.push(`  its verdict: ${reason}`)
    if (peakGiB() > limitGiB) throw new Error(lines.join('\n'))
    return `${lines.join('\n')}\n`
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
