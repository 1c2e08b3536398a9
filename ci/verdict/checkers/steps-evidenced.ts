import type { HistoryItem } from '../../../suites/evidence/history.ts'

type Item = HistoryItem<'steps-evidenced'>
type Cycle = Extract<Item, { type: 'cycle' }>
type Crash = Extract<Item, { type: 'crash' }>
type Action = Cycle['actions'][number]

/** An effect is there, or given up, within so long: a handshake with all its retries and a few cycles. */
const verifiedWithinMs = 3_000
/** A cycle that had begun before a crash reads the nodes as they were. */
const underWayMs = 1_000

const names = (line: string, node: string): boolean => line.split(/[^\w-]+/).includes(node)
const tellOf = (cycle: Cycle, { action, subject }: Pick<Action, 'action' | 'subject'>): string =>
  `cycle ${cycle.cycle} of ${cycle.loop}: ${action} ${subject}`
const isWithin = ({ startedAtMs }: Cycle, { fromMs, toMs }: Crash): boolean =>
  startedAtMs >= fromMs && startedAtMs <= toMs

/** Monitored: the loops together read every node that lives, no more and no fewer. */
function unmonitored(crash: Crash, cycles: readonly Cycle[]): readonly string[] {
  const settled = cycles.filter((cycle) => isWithin(cycle, { ...crash, fromMs: crash.fromMs + underWayMs }))
  const loops = Map.groupBy(settled, ({ loop }) => loop)
  const [fewest, most] = [Math.min, Math.max].map((of) =>
    [...loops.values()].reduce((sum, own) => sum + of(...own.map(({ nodesRead = 0 }) => nodesRead)), 0),
  )
  if (fewest === crash.living && most === crash.living) return []
  return [`monitored: the loops read ${fewest} to ${most} nodes while ${crash.living} lived without ${crash.victim}`]
}

/** Analysed and planned: who had a link to the victim acts on it, in a cycle that says what is wrong with it. */
function unexplained(crash: Crash, cycles: readonly Cycle[]): readonly string[] {
  const { victim, neighbours } = crash
  const during = cycles.filter((cycle) => isWithin(cycle, crash))
  return neighbours.flatMap((neighbour) => {
    const acting = during.find(({ actions }) =>
      actions.some(({ subject, verified }) => verified === null && subject === `${neighbour}>${victim}`),
    )
    if (acting === undefined) return [`planned: ${neighbour} never acts on its link to ${victim}, which is down`]
    const told = acting.symptoms.some((symptom) => names(symptom, neighbour) && names(symptom, victim))
    return told
      ? []
      : [`analysed: cycle ${acting.cycle} of ${acting.loop} acts on ${neighbour}>${victim} without a symptom`]
  })
}

/** Executed: no link to the dead is left, and every link that is new was made by an action of one of its ends. */
function unexecuted(crash: Crash, cycles: readonly Cycle[]): readonly string[] {
  const { victim, linksBefore, linksAfter, toMs } = crash
  const left = linksAfter.filter((link) => link.split('>')[1] === victim)
  const made = new Set(
    cycles
      .filter(({ startedAtMs }) => startedAtMs <= toMs)
      .flatMap(({ actions }) => actions.filter(({ aim }) => aim === 'link').map(({ subject }) => subject)),
  )
  const known = new Set(linksBefore)
  const unasked = linksAfter.filter((link) => {
    const [one = '', other = ''] = link.split('>')
    return one !== victim && !known.has(link) && !made.has(link) && !made.has(`${other}>${one}`)
  })
  return [
    ...left.map((link) => `executed: the link ${link} is still there`),
    ...unasked.map((link) => `executed: the link ${link} is new, and no action was for it`),
  ]
}

/** Verified: who is down answers nobody, whatever a cycle says. */
function untrue(crash: Crash, cycles: readonly Cycle[]): readonly string[] {
  // What was under way at the crash may still have come true.
  const during = cycles.filter((cycle) => isWithin(cycle, { ...crash, fromMs: crash.fromMs + underWayMs }))
  return during.flatMap((cycle) =>
    cycle.actions.flatMap((action) => {
      const isLie = action.aim === 'link' && action.verified === true && names(action.subject, crash.victim)
      return isLie ? [`verified: ${tellOf(cycle, action)} is called done, and ${crash.victim} was down`] : []
    }),
  )
}

type Course = {
  readonly violations: string[]
  /** When each action whose effect is awaited was executed. */
  readonly awaited: Map<string, number>
  /** Until when each action is not to be executed, as was learned. */
  readonly barred: Map<string, number>
  readonly fromMs: number
}

function follow(cycle: Cycle, action: Action, { violations, awaited, barred, fromMs }: Course): void {
  const { action: name, subject, verified } = action
  const [key, told] = [`${name} ${subject}`, tellOf(cycle, action)]
  const isAwaited = awaited.has(key)
  if (verified !== null) {
    // Its execution may lie before the record.
    if (!isAwaited && cycle.startedAtMs > fromMs + verifiedWithinMs)
      violations.push(`verified: ${told} was not awaited`)
    awaited.delete(key)
    const learns = cycle.learned?.some((lesson) => lesson.subject === subject) === true
    if (!verified && action.aim === 'link' && !learns)
      violations.push(`learned: ${told} failed, and nothing is learned`)
    return
  }
  if (isAwaited) violations.push(`executed: ${told} is done again before its effect was looked at`)
  if (cycle.startedAtMs < (barred.get(key) ?? Number.NEGATIVE_INFINITY)) {
    violations.push(`learned: ${told} is done although it was learned to leave it`)
  }
  awaited.set(key, cycle.startedAtMs)
}

/** Each action is looked at once, in time and before it is done again; what failed teaches something, which is heeded. */
function courseOf(cycles: readonly Cycle[], fromMs: number): readonly string[] {
  const course: Course = { violations: [], awaited: new Map(), barred: new Map(), fromMs }
  for (const cycle of cycles) {
    // A lesson holds from its own cycle on: what is planned comes after it.
    for (const { action, subject, untilMs } of cycle.learned ?? []) course.barred.set(`${action} ${subject}`, untilMs)
    for (const action of cycle.actions) follow(cycle, action, course)
  }
  const endMs = cycles.at(-1)?.startedAtMs ?? fromMs
  const forgotten = [...course.awaited].filter(([, atMs]) => endMs - atMs > verifiedWithinMs)
  return [...course.violations, ...forgotten.map(([key]) => `verified: ${key} was never looked at again`)]
}

/**
 * Every step of a healing loop shows in its record and in the mesh: it read all nodes (monitored), named what was wrong
 * (analysed), acted on each link that a crash had cut (planned), the links are as the actions say (executed), each action
 * was looked at once and in time (verified), and what did not help is left alone as long as was learned.
 */
export function stepsEvidenced(items: readonly Item[]): readonly string[] {
  const worlds = Map.groupBy(items, ({ mesh }) => mesh)
  const violations = [...worlds].flatMap(([mesh, own]) => {
    const cycles = own.filter((item) => item.type === 'cycle')
    const crashes = own.filter((item) => item.type === 'crash')
    const fromMs = own.find((item) => item.type === 'recorded')?.fromMs
    if (fromMs === undefined) return [`${mesh}: it is not told from when on cycles were recorded`]
    if (crashes.length === 0) return [`${mesh}: nothing was there to be healed`]
    const found = [
      ...crashes.flatMap((crash) =>
        [unmonitored, unexplained, unexecuted, untrue].flatMap((rule) => rule(crash, cycles)),
      ),
      ...courseOf(cycles, fromMs),
    ]
    return found.map((violation) => `${mesh}: ${violation}`)
  })
  return worlds.size === 0 ? ['no world was watched'] : violations
}
