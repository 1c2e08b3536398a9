/** What the tries of a search for the limit come to, whatever the search itself said of them. */
import { agreed, capacityCourse, type Capacity, type Outcome } from '../../../suites/analysis/capacity.ts'
import type { Frame } from '../../../suites/analysis/foretelling.ts'
import type { HistoryItem } from '../../../suites/evidence/history.ts'
import type { ScaleRun } from '../../../suites/evidence/scale-run.ts'

type Step = HistoryItem<'limit-foretold'>
export type TriedRun = Extract<Step, { type: 'run' }>

export type LimitCourse = {
  readonly found: Pick<Capacity, 'ended' | 'lastHeld' | 'firstFailed' | 'interval'>
  /** Where the tries are not those that the search would have made. */
  readonly strays: readonly string[]
}

export const runsIn = (steps: readonly Step[]): readonly TriedRun[] => steps.filter((step) => step.type === 'run')

/** Runs from before the prediction, of which it was made. */
export const runsBefore = (steps: readonly Step[]): readonly TriedRun[] =>
  runsIn(
    steps.slice(
      0,
      steps.findIndex(({ type }) => type === 'prediction'),
    ),
  )

export const nameOf = ({ nodes, attempt }: Pick<ScaleRun, 'nodes' | 'attempt'>): string =>
  `${nodes} nodes, try ${attempt + 1}`

/** What the majority of the tries of one size says. */
function verdictOf(own: readonly TriedRun[]): Outcome {
  const count = (wanted: Outcome) => own.filter(({ outcome }) => outcome === wanted).length
  const [held, failed, unknown] = [count('holds'), count('fails'), count('unknown')]
  if (failed > 0 && failed >= held && failed >= unknown) return 'fails'
  return held > unknown ? 'holds' : 'unknown'
}

/** The end of a search that did not tell by which rule it tried: the last size says whether the measuring side gave out. */
function byTries(runs: readonly TriedRun[]): LimitCourse {
  const sizes = [...Map.groupBy(runs, ({ run }) => run.nodes)].map(([nodes, own]) => ({ nodes, is: verdictOf(own) }))
  const failed = sizes.flatMap(({ nodes, is }) => (is === 'fails' ? [nodes] : []))
  const firstFailed = failed.length === 0 ? null : Math.min(...failed)
  const held = sizes.flatMap(({ nodes, is }) => (is === 'holds' && nodes < (firstFailed ?? Infinity) ? [nodes] : []))
  const lastHeld = held.length === 0 ? null : Math.max(...held)
  const ended = (): Capacity['ended'] => {
    if (sizes.at(-1)?.is === 'unknown') return 'premise broke'
    if (firstFailed === null) return 'never failed'
    return lastHeld === null ? 'failed at once' : 'bracketed'
  }
  const tries = runs.map(({ run, outcome }) => ({ size: run.nodes, attempt: run.attempt, outcome }))
  return { found: { ended: ended(), lastHeld, firstFailed, interval: agreed(tries) }, strays: [] }
}

/** The search is made again over what was tried: it must ask for these tries and no others. */
function byRule(runs: readonly TriedRun[], search: NonNullable<Frame['search']>): LimitCourse {
  const left = [...runs]
  const course = capacityCourse(search)
  let next = course.next()
  while (next.done !== true) {
    const { size, attempt } = next.value
    const at = left.findIndex(({ run }) => run.nodes === size && run.attempt === attempt)
    const [tried] = at < 0 ? [] : left.splice(at, 1)
    if (tried === undefined)
      return {
        ...byTries(runs),
        strays: [`the search would have tried ${size} nodes, try ${attempt + 1}: no such run`],
      }
    next = course.next(tried.outcome)
  }
  const strays = left.map(({ run }) => `${nameOf(run)}: the search would not have made it`)
  return { found: next.value, strays }
}

/** Of the sizes that the limit was foretold from only the largest belongs to the search; null where nothing was foretold. */
export function limitCourse(steps: readonly Step[], { search }: Frame): LimitCourse | null {
  const prediction = steps.find((step) => step.type === 'prediction')
  if (prediction === undefined) return null
  const from = Math.max(...runsBefore(steps).map(({ run }) => run.nodes))
  const runs = runsIn(steps).filter(({ run }) => run.nodes >= from)
  if (search === undefined) return byTries(runs)
  const course = byRule(runs, search)
  if (search.from === from) return course
  const stray = `the search is said to begin at ${search.from} nodes, it was foretold from up to ${from}`
  return { ...course, strays: [stray, ...course.strays] }
}
