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

function finalViolations({ id, state, reason }: Final, standing: Standing | undefined): readonly string[] {
  if (standing === undefined) return [`event ${id} was never posted`]
  if (standing === 'refused') return [`refused event ${id} appears: ${state}`]
  // Whoever knows an event has accepted it, whether or not the acknowledgement arrived.
  if (!finished.has(state)) return [`accepted event ${id} not finished: ${state}`]
  if (state === 'failed' && (reason ?? '') === '') return [`accepted event ${id} failed without a reason`]
  return []
}

/**
 * Accepted = completed + failed with a reason + dead-lettered, per id: events are a set with effects,
 * a definite refusal leaves nothing behind, an indefinite failure may have happened.
 */
export function acceptedEventsAccounted(items: readonly Item[]): readonly string[] {
  const { known, strange } = standings(items)
  const violations = [...strange]
  const seen = new Set<string>()
  for (const item of items) {
    if (item.type !== 'final') continue
    if (seen.has(item.id)) violations.push(`event ${item.id} is listed twice`)
    seen.add(item.id)
    violations.push(...finalViolations(item, known.get(item.id)))
  }
  for (const [id, standing] of known) {
    if (standing === 'accepted' && !seen.has(id)) violations.push(`accepted event ${id} not found`)
  }
  return violations
}
