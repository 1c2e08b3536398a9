import { mkdir, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { sla, type Objective, type ObjectiveId } from '../../sla.config.ts'
import type { CheckerName } from '../requirements/requirement-row.ts'
import { sha256 } from './digest.ts'
import { createLatencyHistogram, type LatencyHistogram } from './histogram.ts'
import type { HistoryItem } from './history.ts'
import { Evidence, evidenceSchema, type AppliedFault, type Observation, type Premise } from './record.ts'

/** The pen of a requirement's body: everything it observes goes through here, into the evidence. */
export type Observe = {
  /** One latency in ms; `name` is the objective's id. */
  readonly duration: (name: string, ms: number) => void
  readonly count: (name: string, unit: string, value: number, overS: number, perSecond?: readonly number[]) => void
  readonly proportion: (name: string, good: number, total: number) => void
  /**
   * One measurement of a series; null is a censored run: it never got there. `resolution` says how much smaller the value may
   * have been; it is told of every value of a series or of none.
   */
  readonly measure: (name: string, unit: string, value: number | null, resolution?: number) => void
  /**
   * A yes-or-no check of an invariant; `seen` says what was there instead. `noise: false` states that no delay can fail it,
   * so that its failure counts on a noisy machine, too; whatever compares times, or waits for something, must not state that.
   */
  readonly check: (name: string, holds: boolean, seen: string, about?: { readonly noise: boolean }) => void
  /** Appends one item to the history that a checker of the judge reads. */
  readonly history: <C extends CheckerName>(checker: C, item: HistoryItem<C>) => void
  /** Keeps a document beside the record; `name` is unique within the row, `kind` ends the file's name. */
  readonly file: (name: string, kind: string, text: string) => void
  readonly premise: (premise: Premise) => void
  readonly fault: (fault: AppliedFault) => void
  readonly failure: (definite: boolean) => void
}

/** Everything that the evidence says besides what is observed. */
export type RecorderOptions = Pick<
  Evidence,
  'requirement' | 'planSha256' | 'tier' | 'scope' | 'stage' | 'target' | 'defect' | 'variant' | 'seed' | 'startedAt'
> & {
  /** The run's directory; records and histories go below it. */
  readonly directory: string
}

export type Ending = Pick<Evidence, 'tookMs' | 'aborted' | 'notApplicable' | 'eventLogHashes'>

export type Recorder = {
  readonly observe: Observe
  /** Writes histories and record. Rejects, naming file and cause, if anything can't be stored: evidence is never lost silently. */
  readonly finish: (ending: Ending) => Promise<Evidence>
}

/** More failed checks than this are counted, not quoted. */
const quotedFailures = 1_000

const objectives: Readonly<Record<ObjectiveId, Objective>> = sla.objectives

/** Limits in ms at which latencies of this name, or of one window of it (`id:1`), are counted exactly: every latency limit on the same series. */
export function edgesMsOf(name: string): readonly number[] {
  const [base] = name.split(':')
  const latencies = Object.entries(objectives).flatMap(([id, objective]) =>
    objective.kind === 'latency' ? [{ id, metric: objective.metric, limit: objective.limit }] : [],
  )
  const own = latencies.find(({ id }) => id === base)
  if (own === undefined) return []
  return latencies
    .filter(({ id, metric }) => id === base || (metric !== null && metric === own.metric))
    .map(({ limit }) => limit)
}

type FailedCheck = Extract<Observation, { type: 'checks' }>['failed'][number]

type Notes = {
  readonly histograms: Map<string, LatencyHistogram>
  readonly series: Map<string, Extract<Observation, { type: 'series' }>>
  readonly proportions: Map<string, Extract<Observation, { type: 'proportion' }>>
  readonly counters: Observation[]
  readonly histories: Map<CheckerName, string[]>
  readonly files: { readonly name: string; readonly kind: string; readonly text: string }[]
  readonly checks: { total: number; failedCount: number; failed: FailedCheck[] }
  readonly premises: Premise[]
  readonly faults: AppliedFault[]
  readonly failures: { definite: number; indefinite: number }
}

const emptyNotes = (): Notes => ({
  histograms: new Map(),
  series: new Map(),
  proportions: new Map(),
  counters: [],
  histories: new Map(),
  files: [],
  checks: { total: 0, failedCount: 0, failed: [] },
  premises: [],
  faults: [],
  failures: { definite: 0, indefinite: 0 },
})

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

/** The first that no noise excuses is quoted however many there are: it alone may decide. */
function quoteFailure(checks: Notes['checks'], failure: FailedCheck): void {
  const isFirstBeyondNoise = failure.noise === false && checks.failed.every(({ noise }) => noise !== false)
  checks.failedCount += 1
  if (checks.failed.length < quotedFailures || isFirstBeyondNoise) checks.failed.push(failure)
}

function addValue(series: Extract<Observation, { type: 'series' }>, value: number, resolution?: number): void {
  const isTold = series.values.length === 0 ? resolution !== undefined : series.resolutions !== undefined
  if (isTold !== (resolution !== undefined))
    throw new Error(
      `Series ${series.name} tells how exactly some of its values are known: tell it of each, or of none.`,
    )
  series.values.push(value)
  if (resolution !== undefined) (series.resolutions ??= []).push(resolution)
}

function observeInto(notes: Notes): Observe {
  return {
    duration: (name, ms) => entry(notes.histograms, name, () => createLatencyHistogram(edgesMsOf(name))).record(ms),
    count: (name, unit, value, overS, perSecond) => {
      const counter = { type: 'counter' as const, name, unit, value, overS }
      notes.counters.push(perSecond === undefined ? counter : { ...counter, perSecond: [...perSecond] })
    },
    proportion: (name, good, total) => {
      const sum = entry(notes.proportions, name, () => ({ type: 'proportion', name, good: 0, total: 0 }))
      sum.good += good
      sum.total += total
    },
    measure: (name, unit, value, resolution) => {
      const series = entry(notes.series, name, () => ({ type: 'series' as const, name, unit, values: [], censored: 0 }))
      if (series.unit !== unit)
        throw new Error(`Series ${name} is in ${series.unit}; measure it in that unit, not ${unit}.`)
      if (value === null) series.censored += 1
      else addValue(series, value, resolution)
    },
    check: (name, holds, seen, { noise } = { noise: true }) => {
      notes.checks.total += 1
      if (!holds) quoteFailure(notes.checks, noise ? { check: name, seen } : { check: name, seen, noise })
    },
    history: (checker, item) => {
      entry(notes.histories, checker, () => []).push(JSON.stringify(item))
    },
    file: (name, kind, text) => {
      if (notes.files.some((file) => file.name === name && file.kind === kind))
        throw new Error(`A ${kind} called ${name} is there already: give each its own name.`)
      notes.files.push({ name, kind, text })
    },
    // What could not be measured is broken: no record can hold a NaN, and without its record the row would be lost.
    premise: (premise) =>
      void notes.premises.push(
        Number.isFinite(premise.measured)
          ? premise
          : {
              ...premise,
              measured: Number.MAX_VALUE,
              detail: `measured as ${premise.measured}; ${premise.detail ?? ''}`,
            },
      ),
    fault: (fault) => notes.faults.push(fault),
    failure: (definite) => {
      notes.failures[definite ? 'definite' : 'indefinite'] += 1
    },
  }
}

function checksOf({ total, failedCount, failed }: Notes['checks'], name: string): readonly Observation[] {
  if (total === 0) return []
  return [{ type: 'checks', name, total, failedCount, failed: [...failed] }]
}

/** Appears complete or not at all, and never over a file that is there: evidence is append-only. */
async function store(file: string, bytes: Uint8Array | string): Promise<void> {
  const draft = `${file}.part`
  try {
    await mkdir(dirname(file), { recursive: true })
    if (
      await stat(file).then(
        () => true,
        () => false,
      )
    )
      throw new Error('it is there already, and evidence is append-only')
    await writeFile(draft, bytes, { flush: true })
    await rename(draft, file)
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error)
    throw new Error(
      `Evidence could not be stored in ${file}: ${cause}. Free space or use a fresh run directory, then run again.`,
      {
        cause: error,
      },
    )
  }
}

async function storeHistory(
  options: RecorderOptions,
  checker: CheckerName,
  lines: readonly string[],
): Promise<Observation> {
  const { requirement, tier, stage, directory } = options
  const file = `histories/${requirement}@${tier}-${stage}-${checker}.ndjson.gz`
  const bytes = await promisify(gzip)(`${lines.join('\n')}\n`)
  await store(join(directory, file), bytes)
  return { type: 'history', name: checker, checker, n: lines.length, file, sha256: sha256(bytes) }
}

async function storeFile(options: RecorderOptions, { name, kind, text }: Notes['files'][number]): Promise<Observation> {
  const { requirement, tier, stage, directory } = options
  const file = `files/${requirement}@${tier}-${stage}-${name.replaceAll(/[^\w.-]+/g, '-')}.${kind}.gz`
  const bytes = await promisify(gzip)(text)
  await store(join(directory, file), bytes)
  return { type: 'file', name, kind, bytes: Buffer.byteLength(text), file, sha256: sha256(bytes) }
}

/** Records one requirement on one tier at one stage. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { directory, ...identity } = options
  const notes = emptyNotes()
  const finish = async (ending: Ending): Promise<Evidence> => {
    const histories: Observation[] = []
    for (const [checker, lines] of notes.histories) histories.push(await storeHistory(options, checker, lines))
    const files: Observation[] = []
    for (const kept of notes.files) files.push(await storeFile(options, kept))
    const { requirement, tier, stage } = identity
    const file = join(directory, 'records', `${requirement}@${tier}-${stage}.json`)
    const checked = Evidence.safeParse({
      schema: evidenceSchema,
      ...identity,
      observations: [
        ...[...notes.histograms].map(([name, histogram]) => histogram.observation(name)),
        ...notes.series.values(),
        ...notes.proportions.values(),
        ...notes.counters,
        ...checksOf(notes.checks, requirement),
        ...histories,
        ...files,
      ],
      premises: notes.premises,
      faults: notes.faults,
      failures: notes.failures,
      ...ending,
    })
    if (!checked.success) {
      const [issue] = checked.error.issues
      throw new Error(`${requirement} recorded what no evidence can hold: ${issue?.path.join('.')}: ${issue?.message}`)
    }
    await store(file, `${JSON.stringify(checked.data)}\n`)
    return checked.data
  }
  return { observe: observeInto(notes), finish }
}
