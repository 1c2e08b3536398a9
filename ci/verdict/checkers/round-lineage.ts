import type { HistoryItem } from '../../../suites/evidence/history.ts'

type Round = HistoryItem<'round-lineage'>

function courseViolations(round: Round, isLast: boolean): readonly string[] {
  const name = `job ${round.job}: round ${round.round}`
  if (round.state === 'collecting') return isLast ? [] : [`${name} was never closed`]
  if (round.state === 'abandoned') {
    const changed = round.modelHashAfter !== null && round.modelHashAfter !== round.modelHashBefore
    return changed ? [`${name} was abandoned, yet the model changed`] : []
  }
  return [
    ...(round.modelHashAfter === null ? [`${name} aggregated to no model`] : []),
    ...(round.updatesAccepted === 0 ? [`${name} aggregated without updates`] : []),
  ]
}

/** Model that a round leaves behind: its own, or the one it found. */
const leaves = (round: Round): string =>
  round.state === 'aggregated' ? (round.modelHashAfter ?? round.modelHashBefore) : round.modelHashBefore

function jobViolations(rounds: readonly Round[]): readonly string[] {
  return rounds.flatMap((round, index) => {
    const before = rounds[index - 1]
    const found = [...courseViolations(round, index === rounds.length - 1)]
    if (before === undefined) return found
    const name = `job ${round.job}: round ${round.round}`
    if (round.round === before.round) return [...found, `${name} is listed twice`]
    if (round.round !== before.round + 1) return [...found, `${name}: round ${before.round + 1} missing before it`]
    if (round.modelHashBefore !== leaves(before))
      found.push(`${name} starts from another model than round ${before.round} left`)
    return found
  })
}

/** Rounds of a job follow one another without a gap, and each starts from the model that the one before left. */
export function roundLineage(items: readonly Round[]): readonly string[] {
  const jobs = Map.groupBy(items, (round) => round.job)
  return [...jobs.values()].flatMap((rounds) => jobViolations(rounds.toSorted((a, b) => a.round - b.round)))
}
