import { expect, test } from 'vitest'
import { offeredRatePremise, openModel, scheduleLagPremise } from './open-model.ts'

/** Virtual time: `sleep` jumps, and wakes `early` ms too soon at first, as a real timer may. */
function virtualClock(early = 0) {
  let now = 1_000
  return {
    nowMs: () => now,
    sleep: (ms: number) => {
      now += ms > 2 * early ? ms - early : ms
      return Promise.resolve()
    },
    pass: (ms: number) => {
      now += ms
    },
  }
}

test('sends leave at the scheduled instants, never before them', async () => {
  const sends = await openModel({
    clock: virtualClock(0.3),
    ratePerS: 50,
    count: 5,
    send: (index) => Promise.resolve(index * 10),
  })
  expect(sends.map((send) => send.scheduledAtMs)).toEqual([1_000, 1_020, 1_040, 1_060, 1_080])
  expect(sends.map((send) => send.value)).toEqual([0, 10, 20, 30, 40])
  for (const send of sends) expect(send.sentAtMs).toBeGreaterThanOrEqual(send.scheduledAtMs)
})

test('a slow answer does not delay the next send: the model is open', async () => {
  const release: (() => void)[] = []
  const clock = virtualClock()
  const load = openModel({
    clock,
    ratePerS: 100,
    count: 3,
    send: () => new Promise<void>((resolve) => release.push(resolve)),
  })
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
  expect(release).toHaveLength(3)
  clock.pass(500)
  for (const answer of release) answer()
  const sends = await load
  expect(sends.map((send) => send.endedAtMs - send.scheduledAtMs)).toEqual([520, 510, 500])
})

test('a stall of the generator shows as lag and does not shift the schedule', async () => {
  const clock = virtualClock()
  const sends = await openModel({
    clock,
    ratePerS: 100,
    count: 4,
    send: (index) => {
      if (index === 0) clock.pass(25)
      return Promise.resolve()
    },
  })
  expect(sends.map((send) => send.sentAtMs - send.scheduledAtMs)).toEqual([0, 15, 5, 0])
})

test('an error in send ends the load', async () => {
  const load = openModel({
    clock: virtualClock(),
    ratePerS: 100,
    count: 2,
    send: () => Promise.reject(new Error('broken')),
  })
  await expect(load).rejects.toThrow('broken')
})

test('the premise takes the p99 of the lag against a tenth of the limit, at least 5 ms', () => {
  const sends = Array.from({ length: 200 }, (_, index) => ({ scheduledAtMs: 0, sentAtMs: index < 197 ? 1 : 40 }))
  expect(scheduleLagPremise(sends, 1_000)).toMatchObject({ measured: 40, limit: 100 })
  expect(scheduleLagPremise(sends.slice(0, 100), 10)).toMatchObject({ measured: 1, limit: 5 })
  expect(scheduleLagPremise([], 10).measured).toBeGreaterThan(1e9)
})

test('the rate really offered counts to the last send: one late send takes nothing from it, a late load does', () => {
  const sends = (lagMs: (index: number) => number) =>
    Array.from({ length: 101 }, (_, index) => ({ scheduledAtMs: index * 10, sentAtMs: index * 10 + lagMs(index) }))
  const onTime = offeredRatePremise(
    sends(() => 0),
    100,
  )
  expect(onTime).toMatchObject({ claim: 'offered rate', measured: 0, limit: 0, noise: true })
  const stalled = sends((index) => (index > 20 && index < 80 ? 800 - index * 10 : 0))
  expect(offeredRatePremise(stalled, 100).measured).toBe(0)
  const late = sends((index) => index * 2.5)
  expect(offeredRatePremise(late, 100)).toMatchObject({
    measured: 20,
    detail: '80.0 of 100/s really offered, 101 sends',
  })
  expect(offeredRatePremise(late, 80).measured).toBe(0)
  for (const none of [[], late.slice(0, 1)]) expect(offeredRatePremise(none, 100).measured).toBe(100)
})
