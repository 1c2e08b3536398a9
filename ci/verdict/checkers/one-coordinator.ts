import type { HistoryItem } from '../../../suites/evidence/history.ts'

type Told = HistoryItem<'one-coordinator'>
type Round = Told['rounds'][number]

const isClosed = ({ state }: Round): boolean => state !== 'collecting'
const decisionOf = ({ state, modelHashAfter, updatesAccepted }: Round): string =>
  `${state} with ${updatesAccepted} updates${modelHashAfter === null ? '' : ` to ${modelHashAfter.slice(0, 12)}`}`

/** What a later answer takes back of an earlier one. */
function takenBack(before: Round, now: Round | undefined): string | null {
  if (now === undefined) return `was ${before.state}, and is not known any more`
  if (isClosed(before) && decisionOf(now) !== decisionOf(before))
    return `was ${decisionOf(before)}, and is ${decisionOf(now)}`
  if (!isClosed(before) && now.updatesAccepted < before.updatesAccepted)
    return `had ${before.updatesAccepted} updates, and has ${now.updatesAccepted}`
  return null
}

function jobViolations(job: string, answers: readonly Told[]): readonly string[] {
  const known = new Map<number, Round>()
  let version = 0
  return answers.flatMap((told) => {
    const found: string[] = []
    const say = (what: string): void => void found.push(`job ${job} at ${told.atMs.toFixed(0)} ms: ${what}`)
    const now = new Map(told.rounds.map((round) => [round.round, round]))
    for (const [number, before] of known) {
      const back = takenBack(before, now.get(number))
      if (back !== null) say(`round ${number} ${back}`)
    }
    if (told.version < version) say(`its model is version ${told.version}, it was ${version}`)
    version = Math.max(version, told.version)
    const open = told.rounds.filter((round) => !isClosed(round))
    if (open.length > 1) say(`rounds ${open.map(({ round }) => round).join(' and ')} collect at a time`)
    // What was decided first stands: of two coordinators the second is the one too many.
    for (const [number, round] of now) {
      const before = known.get(number)
      if (before === undefined || takenBack(before, round) === null) known.set(number, round)
    }
    return found
  })
}

/**
 * One coordinator at a time decides: whoever answers about a job, before, while and after one dies, knows every round that was
 * told before, with the same decision once there was one, and never fewer updates; one round collects at a time.
 */
export function oneCoordinator(items: readonly Told[]): readonly string[] {
  const jobs = Map.groupBy(items, ({ job }) => job)
  return [...jobs].flatMap(([job, own]) =>
    jobViolations(
      job,
      own.toSorted((one, other) => one.atMs - other.atMs),
    ),
  )
}
