import { expect, test } from 'vitest'
import { loadOf } from '../../k6/shapes.ts'
import { metricNames } from '../../k6/thresholds.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { ArrivalLog } from './arrival-log.ts'
import { observeOutcomes } from './event-outcomes.ts'
import type { K6Sample } from './k6-samples.ts'

const load = loadOf('events-peak', 'gate')
const startMs = 1_000

const sample = (
  arrival: number | null,
  metric: string,
  value: number,
  tags: Record<string, string> = {},
): K6Sample => ({
  metric,
  value,
  tags,
  arrival,
  atMs: 0,
})
const accepted = (arrival: number, ms: number) => sample(arrival, metricNames.duration, ms, { name: 'event-accepted' })
const alerted = (arrival: number, ms: number) => [
  sample(arrival, metricNames.duration, ms, { name: load.objectiveId }),
  sample(arrival, metricNames.duration, ms - 1, { name: 'event-sent-to-alert' }),
]
const late = (arrival: number) => sample(arrival, metricNames.duration, load.patienceMs, { name: load.objectiveId })
const failed = (arrival: number, tags: Record<string, string> = {}) =>
  sample(arrival, metricNames.failure, 1, { definite: 'false', refused: 'false', nth: '1', ...tags })

/** Five arrivals: in order, at the second try, refused, never answered, and in but alerted too late. */
const course = [
  sample(0, metricNames.scenarioStart, startMs + 0.4),
  sample(1, metricNames.scenarioStart, startMs),
  accepted(0, 5),
  ...alerted(0, 9),
  failed(1),
  accepted(1, 20),
  ...alerted(1, 30),
  failed(2, { definite: 'true', refused: 'true' }),
  late(2),
  failed(3),
  late(3),
  accepted(4, 5),
  late(4),
]

const logOf = (samples: readonly K6Sample[]): ArrivalLog => {
  const log = new ArrivalLog(load)
  for (const one of samples) log.take(one)
  return log
}

test('each arrival is dated from its own scheduled instant on the host clock', () => {
  const [first, second, refused, open, unheard] = [...logOf(course).arrivals()]
  expect(first).toEqual({
    index: 0,
    scheduledAtMs: startMs,
    acceptedAtMs: startMs + 5,
    alertedAtMs: startMs + 9,
    sentToAlertMs: 8,
    failures: 0,
    refused: false,
    definite: false,
  })
  expect(second).toMatchObject({ scheduledAtMs: startMs + 4, acceptedAtMs: startMs + 24, failures: 1 })
  expect(refused).toMatchObject({ acceptedAtMs: null, refused: true, definite: true })
  expect(open).toMatchObject({ acceptedAtMs: null, refused: false, definite: false })
  expect(unheard).toMatchObject({ acceptedAtMs: startMs + 21, alertedAtMs: null })
  expect(logOf(course).stretch()).toEqual({ fromMs: startMs, toMs: startMs + load.seconds * 1_000 })
  expect(logOf([]).stretch()).toBeNull()
})

test('the last alert is dated by its arrival, all of them by the end of the wait for late ones, or not at all', () => {
  const settled = sample(null, metricNames.settled, 9_000)
  const inTime = course.filter(({ arrival }) => arrival !== 4)
  expect(logOf([...inTime, settled]).lastAlert()).toEqual({ atMs: startMs + 34, byMs: startMs + 34 })
  expect(logOf([...course, settled]).lastAlert()).toEqual({ atMs: startMs + 34, byMs: 9_000 })
  expect(logOf([...course, settled, sample(null, metricNames.lost, 1)]).lastAlert().byMs).toBeNull()
  expect(logOf([]).lastAlert()).toEqual({ atMs: null, byMs: null })
})

type Told = Record<string, readonly [number, number]>

function outcomesOf(log: ArrivalLog): Told {
  const told: Record<string, [number, number]> = {}
  const observe: Partial<Observe> = {
    proportion: (name, good, total) => void (told[name] = [good, total]),
    count: (name, _, value) => void (told[name] = [value, value]),
  }
  observeOutcomes(observe as Observe, load, log)
  return told
}

test('refusals are no failures; what was lost afterwards is one', () => {
  expect(outcomesOf(logOf(course))).toMatchObject({
    'event-errors:events-peak': [4, 5],
    'event-availability': [3, 5],
    'first tries that succeeded': [2, 5],
    'refused for want of room in events-peak': [1, 1],
  })
  const lost = [...course, sample(null, metricNames.lost, 2)]
  expect(outcomesOf(logOf(lost))['event-errors:events-peak']).toEqual([2, 5])
})
