/** What one try of a size said; `unknown` is a broken premise: the measuring side gave out, not the system. */
export type Outcome = 'holds' | 'fails' | 'unknown'

export type CapacityPlan = {
  /** First size that is tried. */
  readonly from: number
  /** No size beyond this one is tried. */
  readonly most: number
  /** Factor between sizes until one fails; above 1. */
  readonly growth: number
  /** Wanted width of the bracket, relative to its lower end. */
  readonly resolution: number
  /** Most tries of one size; the majority decides, and no further try is made once it is certain. */
  readonly repeats: number
}

export type CapacitySearch = CapacityPlan & {
  /** Tries one size once; attempts are counted from 0. */
  readonly probe: (size: number, attempt: number) => Promise<Outcome>
}

export type Try = { readonly size: number; readonly attempt: number; readonly outcome: Outcome }

export type Capacity = {
  /** Lower end of the bracket: the largest size below `firstFailed` that held by majority; null if none did. */
  readonly lastHeld: number | null
  /** Upper end of the bracket; null if none failed. */
  readonly firstFailed: number | null
  /**
   * Every try at or below the first number held, every try at or above the second one failed; between them
   * tries contradict one another or nothing was tried. An end is null where no size has that property.
   */
  readonly interval: readonly [number | null, number | null]
  readonly tries: readonly Try[]
  readonly ended: 'bracketed' | 'failed at once' | 'never failed' | 'premise broke'
}

/** Why a search that did not close its bracket found no limit. */
export const noLimit: Readonly<Record<Exclude<Capacity['ended'], 'bracketed'>, string>> = {
  'premise broke': 'the measuring side gave out first',
  'never failed': 'no size failed',
  'failed at once': 'the largest size that the limit was foretold from held, and failed when it was repeated',
}

/** What a search tries next; it goes on with what that said. */
type Course<T> = Generator<Omit<Try, 'outcome'>, T, Outcome>

/** Tries one size until its majority is certain; `unknown` where too many tries said nothing. */
function* decide({ repeats }: CapacityPlan, size: number, tries: Try[]): Course<Outcome> {
  const counts: Record<Outcome, number> = { holds: 0, fails: 0, unknown: 0 }
  const majority = Math.floor(repeats / 2) + 1
  for (let attempt = 0; attempt < repeats; attempt += 1) {
    const outcome = yield { size, attempt }
    tries.push({ size, attempt, outcome })
    counts[outcome] += 1
    if (counts[outcome] >= majority) return outcome
  }
  // An even split is a failure: half of the runs at this size broke the promise.
  return counts.fails > 0 && counts.fails >= counts.holds ? 'fails' : counts.unknown > 0 ? 'unknown' : 'holds'
}

/** The interval of some tries: see `Capacity`. */
export function agreed(tries: readonly Try[]): Capacity['interval'] {
  const sizes = [...new Set(tries.map(({ size }) => size))].sort((a, b) => a - b)
  const all = (own: readonly Try[], outcome: Outcome) => own.every((one) => one.outcome === outcome)
  const held = sizes
    .filter((top) =>
      all(
        tries.filter(({ size }) => size <= top),
        'holds',
      ),
    )
    .at(-1)
  const failed = sizes.find((bottom) =>
    all(
      tries.filter(({ size }) => size >= bottom),
      'fails',
    ),
  )
  return [held ?? null, failed ?? null]
}

/**
 * The first size at which a system whose failures become likelier with size gives out. Sizes grow by a
 * factor until one fails, then the bracket is halved until it is narrow enough. Each size is tried
 * repeatedly, so that one unlucky run moves nothing, and the interval says how far the tries agree.
 * As a course: whoever has the outcomes of a search walks it again and must end where it did.
 */
export function* capacityCourse(search: CapacityPlan): Course<Capacity> {
  const { from, most, growth, resolution } = search
  if (!(growth > 1 && resolution > 0 && search.repeats >= 1 && from >= 1 && most >= from))
    throw new Error('A capacity search grows by a factor above 1 from a size of at least 1: see its options.')
  const tries: Try[] = []
  let lastHeld: number | null = null
  let firstFailed: number | null = null
  const end = (ended: Capacity['ended']): Capacity => ({ lastHeld, firstFailed, interval: agreed(tries), tries, ended })
  for (let size = from; firstFailed === null;) {
    const outcome = yield* decide(search, size, tries)
    if (outcome === 'unknown') return end('premise broke')
    if (outcome === 'fails') firstFailed = size
    else lastHeld = size
    if (outcome === 'holds' && size === most) return end('never failed')
    size = Math.min(most, Math.max(size + 1, Math.round(size * growth)))
  }
  if (lastHeld === null) return end('failed at once')
  while (firstFailed - lastHeld > Math.max(1, lastHeld * resolution)) {
    const middle = Math.round((lastHeld + firstFailed) / 2)
    const outcome = yield* decide(search, middle, tries)
    if (outcome === 'unknown') return end('premise broke')
    if (outcome === 'fails') firstFailed = middle
    else lastHeld = middle
  }
  return end('bracketed')
}

/** Searches by trying; rejects as a try does. */
export async function searchCapacity({ probe, ...plan }: CapacitySearch): Promise<Capacity> {
  const course = capacityCourse(plan)
  let next = course.next()
  while (next.done !== true) next = course.next(await probe(next.value.size, next.value.attempt))
  return next.value
}
