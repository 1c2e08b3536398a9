import { expect, test } from 'vitest'
import { sla } from '../../sla.config.ts'
import { eventMeter } from '../../fixtures/live/event-meter.ts'
import { createExposition } from '../../fixtures/live/exposition.ts'
import type { Observe } from '../evidence/recorder.ts'
import { observeStages, timedBetween } from './stage-clocks.ts'

const unused = (): never => {
  throw new Error('Nobody asks for this here.')
}

/** What is said of stages that took so long by the target's own clock, and so long as the suite saw it. */
async function observed(tookMs: number, seenMs: number) {
  const exposition = createExposition(['events'])
  const meter = eventMeter(exposition)
  meter.stage('routing', 1)
  const before = [await exposition.text()]
  for (let count = 0; count < 3; count += 1) meter.stage('routing', tookMs)
  meter.stage('delivery', 9_000)
  const told: (readonly [string, number])[] = []
  const observe: Observe = {
    duration: (name, ms) => void told.push([name, ms]),
    count: (name, _, value) => void told.push([name, value]),
    proportion: unused,
    measure: unused,
    check: unused,
    history: unused,
    file: () => undefined,
    premise: unused,
    fault: unused,
    failure: unused,
  }
  const timed = timedBetween(before, [await exposition.text()])
  observeStages(observe, { timed, seen: new Map([['end-to-end', [seenMs]]]), seconds: 1 })
  return told
}

test('of a stage counts what it took since the first reading, and nothing of other stages', async () => {
  const told = await observed(70, 40)
  const routing = told.filter(([name]) => name.startsWith('routing-p95'))
  expect(routing).toEqual(Array.from({ length: 3 }, () => ['routing-p95:inside', 85]))
  expect(told).toContainEqual(['end-to-end-p50:outside', 40])
  expect(told.filter(([name]) => name.startsWith('delivery'))).toEqual([])
})

test('a sample at a limit is within it, one beyond all edges is over every limit', async () => {
  const { limit } = sla.objectives['routing-p50']
  expect(await observed(limit, 40)).toContainEqual(['routing-p50:inside', limit])
  const [, beyondMs = 0] = (await observed(60_000, 40)).find(([name]) => name === 'routing-p99:inside') ?? []
  expect(beyondMs).toBeGreaterThan(sla.objectives['routing-p99'].limit)
})
