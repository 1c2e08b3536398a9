import type { HistoryItem } from '../../../suites/evidence/history.ts'

type Item = HistoryItem<'accepted-events-accounted'>
type Final = Extract<Item, { type: 'final' }>

/** What the poster knows of an id after all its attempts. */
type Standing = 'accepted' | 'refused' | 'open'

const finished: ReadonlySet<string> = new Set(['completed', 'failed', 'dead-lettered'])

type Known = { readonly known: ReadonlyMap<string, Standing>; readonly strange: readonly string[] }

function standings(items: readonly Item[]): Known {
  const known = new Map<string, Standing>()
  const strange: string[] = []
  // Answers are written down in the order of their arrival: the first of equal content may be answered after its repetition.
  const postedIds = new Set(items.flatMap((item) => (item.type === 'posted' ? [item.id] : [])))
  for (const item of items) {
    if (item.type !== 'posted') continue
    const before = known.get(item.id)
    if (item.outcome === 'ok') {
      // A known id answers to its own name, however often it is asked; equal content to the name of its first.
      const storedAs = item.storedAs ?? item.id
      if (postedIds.has(storedAs)) known.set(storedAs, 'accepted')
      else strange.push(`event ${item.id} is said to be stored as ${storedAs}, which was never posted`)
      if (storedAs !== item.id && before !== 'accepted') known.set(item.id, 'open')
    } else if (item.outcome === 'definite') known.set(item.id, before ?? 'refused')
    else if (before !== 'accepted') known.set(item.id, 'open')
  }
  return { known, strange }
}

/** `isUndue`: it might have been finished later. */
type Violation = { readonly text: string; readonly isUndue?: true }

function finalViolation({ id, state, reason }: Final, standing: Standing | undefined): Violation | null {
  if (standing === undefined) return { text: `event ${id} was never posted` }
  if (standing === 'refused') return { text: `refused event ${id} appears: ${state}` }
  // Whoever knows an event has accepted it, whether or not the acknowledgement arrived.
  if (!finished.has(state)) return { text: `accepted event ${id} not finished: ${state}`, isUndue: true }
  if (state === 'failed' && (reason ?? '') === '') return { text: `accepted event ${id} failed without a reason` }
  return null
}

function violationsOf(items: readonly Item[]): readonly Violation[] {
  const { known, strange } = standings(items)
  const violations: Violation[] = strange.map((text) => ({ text }))
  const seen = new Set<string>()
  for (const item of items) {
    if (item.type !== 'final') continue
    if (seen.has(item.id)) violations.push({ text: `event ${item.id} is listed twice` })
    seen.add(item.id)
    violations.push(...[finalViolation(item, known.get(item.id)) ?? []].flat())
  }
  for (const [id, standing] of known) {
    if (standing === 'accepted' && !seen.has(id)) violations.push({ text: `accepted event ${id} not found` })
  }
  return violations
}

/**
 * Accepted = completed + failed with a reason + dead-lettered, per id: events are a set with effects,
 * a definite refusal leaves nothing behind, an indefinite failure may have happened.
 */
export const acceptedEventsAccounted = (items: readonly Item[]): readonly string[] =>
  violationsOf(items).map(({ text }) => text)

/**
 * Of these, what no delay explains: an event is known from the acknowledgement on, and once. What is known and not finished
 * may only have been given too little time.
 */
export const acceptedEventsLost = (items: readonly Item[]): readonly string[] =>
  violationsOf(items).flatMap(({ text, isUndue }) => (isUndue === true ? [] : [text]))
