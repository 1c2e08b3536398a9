import { expect, test } from 'vitest'
import { sla } from '../sla.config.ts'
import { randomFrom } from '../suites/contract/random.ts'
import { proofOf, type Way } from './sample-receipts.ts'
import { burstyLoss, runsOf } from './faults/bursty-loss.ts'

const links = 60
const atOnce: Way = () => 1

/** The chain of Gilbert and Elliott on each link, beacon by beacon; the same whoever asks. */
function inBursts(share: number, meanBurst: number): Way {
  const random = randomFrom(`${share} in ${meanBurst}`)
  const [toGood, toBad] = [1 / meanBurst, share / (1 - share) / meanBurst]
  const chains = Array.from({ length: links }, () => {
    let isBad = random.float() < share
    return Array.from({ length: 1_000 }, () => {
      const isLost = isBad
      if (random.float() < (isBad ? toGood : toBad)) isBad = !isBad
      return isLost
    })
  })
  return (link, sequence) => (chains[link]?.[sequence] === true ? null : 1)
}

const { meanLoss, meanBurst: askedBurst } = sla.chaos.rows['CHAOS-NET-8'].fault
const asked = burstyLoss.draw({ share: meanLoss, meanBurst: askedBurst })()
const found = (after: Way) => proofOf(burstyLoss, asked, { links, before: atOnce, after })

test.each([askedBurst, 1.25 * askedBurst, 1.75 * askedBurst])(
  'loss in bursts of %d on average is proven where CHAOS-NET-8 asks for its own',
  async (meanBurst) => {
    expect(await found(inBursts(0.7, meanBurst))).toMatchObject({ proven: true })
  },
)

test.each([
  // What loses 70 % by lots of their own loses 3.3 in a row.
  ['whose datagrams are lost each for itself', inBursts(0.7, 1 / 0.3)],
  ['whose bursts are hardly longer than by chance', inBursts(0.7, 4)],
  ['that stops some links for good', (link: number) => (link < 0.7 * links ? null : 1)],
  ['whose bursts are far longer than asked', inBursts(0.7, 3 * askedBurst)],
  ['that loses too little', inBursts(0.2, askedBurst)],
  ['that does nothing', atOnce],
])('a loss %s is no loss in bursts', async (_, after) => {
  expect(await found(after)).toMatchObject({ proven: false, provenAtMs: null })
})

test('what is seen names the length of runs, and what it would be by chance', async () => {
  const { seen } = await found(inBursts(0.7, 1 / 0.3))
  expect(seen).toMatch(/0\.\d\d lost, 0\.70 asked; [34]\.\d in a row, [34]\.\d if each for itself, 8\.0 asked$/)
})

test('a beacon is followed by the next number of its link, in whatever order both come', () => {
  const used = (origin: string, sequence: number, scheduledAtMs = 10 * sequence) => ({
    origin,
    receiver: 'b',
    sequence,
    scheduledAtMs,
    usedAtMs: scheduledAtMs + 1,
  })
  const uses = [used('a', 2), used('a', 1), used('a', 4), used('a', 9), used('c', 3), used('c', 5)]
  // Nine is too late to know who follows it.
  expect(runsOf(uses, { fromMs: 0, untilMs: 90 })).toEqual({ used: 5, followed: 1 })
  expect(runsOf([], { fromMs: 0, untilMs: 90 })).toEqual({ used: 0, followed: 0 })
})
