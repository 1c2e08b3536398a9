import type { HistoryItem } from '../../../suites/evidence/history.ts'

type Item = HistoryItem<'cycles-on-time'>
type Schedule = Extract<Item, { type: 'schedule' }>
type Cycle = Extract<Item, { type: 'cycle' }>

/** Rounding of a period that does not divide into whole units, over a long run; far below any period. */
const slackMs = 1

function gridViolations({ loop, periodMs }: Schedule, cycles: readonly Cycle[]): readonly string[] {
  const [first] = cycles
  return cycles.flatMap((cycle) => {
    const due = (first?.dueAtMs ?? 0) + (cycle.cycle - (first?.cycle ?? 0)) * periodMs
    if (Math.abs(cycle.dueAtMs - due) <= slackMs) return []
    return [`loop ${loop}: cycle ${cycle.cycle} says it was due at ${cycle.dueAtMs} ms, its schedule says ${due} ms`]
  })
}

function missing({ loop, periodMs, fromMs, toMs }: Schedule, cycles: readonly Cycle[]): readonly string[] {
  const [first] = cycles
  if (first === undefined) return toMs - fromMs >= periodMs ? [`loop ${loop}: no cycle at all`] : []
  const startMs = first.dueAtMs - first.cycle * periodMs
  const from = Math.max(0, Math.ceil((fromMs - startMs - slackMs) / periodMs))
  const seen = new Set(cycles.map((cycle) => cycle.cycle))
  const absent: string[] = []
  // A cycle due within the slack of the window's end may belong to the next window.
  for (let k = from; startMs + k * periodMs < toMs - slackMs; k += 1) {
    if (!seen.has(k)) absent.push(`loop ${loop}: cycle ${k} missing`)
  }
  return absent
}

function courseViolations({ loop, periodMs }: Schedule, cycles: readonly Cycle[]): readonly string[] {
  return cycles.flatMap((cycle, index) => {
    const name = `loop ${loop}: cycle ${cycle.cycle}`
    const before = cycles[index - 1]
    const found: string[] = []
    if (cycle.startedAtMs > cycle.dueAtMs + periodMs) {
      found.push(`${name} late: started ${(cycle.startedAtMs - cycle.dueAtMs).toFixed(1)} ms after it was due`)
    }
    if (cycle.endedAtMs < cycle.startedAtMs) found.push(`${name} ended before it started`)
    if (before === undefined) return found
    if (before.cycle === cycle.cycle) found.push(`${name} executed twice`)
    else if (cycle.startedAtMs < before.endedAtMs) found.push(`${name} overlaps cycle ${before.cycle}`)
    return found
  })
}

/** Every cycle that fell due in a stated window was executed: once, before the next fell due, none overlapping another. */
export function cyclesOnTime(items: readonly Item[]): readonly string[] {
  const schedules = items.filter((item) => item.type === 'schedule')
  const byLoop = Map.groupBy(
    items.filter((item) => item.type === 'cycle'),
    (cycle) => cycle.loop,
  )
  const unscheduled = [...byLoop.keys()].filter((loop) => !schedules.some((schedule) => schedule.loop === loop))
  const judged = schedules.flatMap((schedule) => {
    const cycles = (byLoop.get(schedule.loop) ?? []).toSorted((a, b) => a.cycle - b.cycle)
    return [missing, courseViolations, gridViolations].flatMap((rule) => rule(schedule, cycles))
  })
  return [...unscheduled.map((loop) => `loop ${loop}: cycles without a schedule`), ...new Set(judged)]
}
