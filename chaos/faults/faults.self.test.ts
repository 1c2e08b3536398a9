import { describe, expect, test } from 'vitest'
import { PathRule } from '../../suites/contract/path.ts'
import { randomFrom } from '../../suites/contract/random.ts'
import { viewDigest } from '../../suites/contract/view-digest.ts'
import { burstyLoss } from './bursty-loss.ts'
import { flapping } from './flapping.ts'
import { isolation } from './isolation.ts'
import { latency } from './latency.ts'
import { loss, lossOf } from './loss.ts'
import { mangling, orderOf } from './mangling.ts'
import { oneWayCut } from './one-way-cut.ts'
import { slow } from './slow.ts'
import { zoneCut } from './zone-cut.ts'

const nodes = Array.from({ length: 8 }, (_, index) => `node-${index}`)
const wholeView = { viewSize: nodes.length, viewDigest: viewDigest(nodes) }
const everyPair = nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to) => [from, to] as const))

describe('a fault of the network hits', () => {
  test('one direction of one node for a one-way cut, either direction by lot', () => {
    const mutes = Array.from({ length: 20 }, (_, seed) => {
      const scope = oneWayCut.draw(1)(nodes, randomFrom(`cut ${seed}`))
      const hit = everyPair.filter(([from, to]) => oneWayCut.hits(scope)(from, to))
      expect(hit).toHaveLength(7)
      const [senders, receivers] = [new Set(hit.map(([from]) => from)), new Set(hit.map(([, to]) => to))]
      expect([senders.size, receivers.size].sort((a, b) => a - b)).toEqual([1, 7])
      return senders.size === 1
    })
    expect(new Set(mutes)).toEqual(new Set([true, false]))
  })

  test('both directions of the isolated, and nothing else', () => {
    const scope = isolation.draw(1)(nodes, randomFrom('alone'))
    const victim = scope.paths?.[0]?.from?.[0]
    const hit = everyPair.filter(([from, to]) => isolation.hits(scope)(from, to))
    expect(hit).toEqual(everyPair.filter(([from, to]) => from === victim || to === victim))
  })

  test('the border of a zone and nothing within it or beyond', () => {
    const scope = zoneCut.draw({ zones: 4, cut: 1 })(nodes, randomFrom('zone'))
    const inside = new Set(scope.paths?.[0]?.from)
    expect(inside.size).toBe(2)
    const hit = everyPair.filter(([from, to]) => zoneCut.hits(scope)(from, to))
    expect(hit).toEqual(everyPair.filter(([from, to]) => inside.has(from) !== inside.has(to)))
  })

  test('everyone for loss, whose share is that of its chain', () => {
    const scope = loss.draw(0.5)()
    expect(everyPair.every(([from, to]) => loss.hits(scope)(from, to))).toBe(true)
    expect(lossOf(scope)).toBe(0.5)
    const chain = { toBad: 0.1, toGood: 0.3, lossInBad: 1, lossInGood: 0.2 }
    expect(lossOf({ paths: [{ path: { loss: chain } }] })).toBeCloseTo(0.4, 12)
  })

  test('a third of the pairs in one direction each for one-way latency, every pair for latency everywhere', () => {
    const many = Array.from({ length: 40 }, (_, index) => `node-${index}`)
    const scope = latency.oneWay({ delayMs: 300 }, 1 / 3)(many, randomFrom('slow'))
    const hits = latency.hits(scope)
    const slow = many.flatMap((from) => many.filter((to) => hits(from, to)).map((to) => [from, to] as const))
    expect(slow.filter(([from, to]) => hits(to, from))).toEqual([])
    // Five standard errors around a third of 780 pairs.
    expect(Math.abs(slow.length / 780 - 1 / 3)).toBeLessThan(5 * Math.sqrt(2 / 9 / 780))
    const everywhere = latency.hits(latency.everywhere({ delayMs: 100, jitterMs: 25 })())
    expect(everyPair.every(([from, to]) => everywhere(from, to))).toBe(true)
  })

  test('other halves in every turn of flapping, one after the other', () => {
    const { paths = [] } = flapping.draw({ partitions: 3, flapPeriodS: 4 })(nodes, randomFrom('flaps'))
    expect(paths.map(({ path }) => path.window)).toEqual(
      [0, 0, 4_000, 4_000, 8_000, 8_000].map((fromMs) => ({ periodMs: 12_000, fromMs, forMs: 2_000 })),
    )
    const halves = paths.map(({ from = [] }) => from.toSorted().join(' '))
    expect(new Set(halves).size).toBeGreaterThan(2)
    const [one] = paths
    const hits = flapping.hits({ paths })
    expect(everyPair.filter(([from, to]) => hits(from, to))).toHaveLength(32)
    expect(hits(one?.from?.[0] ?? '', one?.to?.[0] ?? '')).toBe(true)
  })
})

test('loss in bursts loses the share that was asked', () => {
  expect(lossOf(burstyLoss.draw({ share: 0.7, meanBurst: 4 })())).toBeCloseTo(0.7, 12)
})

test('loss is told by a link whose quality has fallen, not by one that is young', () => {
  const node = (quality: number) => ({
    id: 'node-0',
    state: 'up' as const,
    ...wholeView,
    links: [{ peer: 'node-1', state: 'up' as const, quality }],
  })
  const tells = loss.tells(loss.draw(0.5)())
  expect([tells(node(48), node(64)), tells(node(49), node(64)), tells(node(30), node(40))]).toEqual([
    true,
    false,
    false,
  ])
})

test('a slow node is told by either end of a link of its that takes twice as long', () => {
  const node = (id: string, peer: string, latencyMs?: number) => ({
    id,
    state: 'up' as const,
    ...wholeView,
    links: [{ peer, state: 'up' as const, quality: 64, ...(latencyMs === undefined ? {} : { latencyMs }) }],
  })
  const tells = slow.tells({ nodes: ['slow'], cpuShare: 0.1 })
  const of = (id: string, peer: string, now: number, before?: number) =>
    tells(node(id, peer, now), node(id, peer, before))
  expect([
    of('slow', 'a', 2, 1),
    of('a', 'slow', 2, 1),
    of('slow', 'a', 1.9, 1),
    of('slow', 'a', 2),
    of('a', 'b', 9, 1),
  ]).toEqual([true, true, false, false, false])
})

test('latency is told by a link that was fast before', () => {
  const node = (latencyMs?: number) => ({
    id: 'node-0',
    state: 'up' as const,
    ...wholeView,
    links: [{ peer: 'node-1', state: 'up' as const, quality: 64, ...(latencyMs === undefined ? {} : { latencyMs }) }],
  })
  const tells = latency.tells(latency.everywhere({ delayMs: 100 })())
  expect([
    tells(node(51), node(1)),
    tells(node(50), node(1)),
    tells(node(101), node()),
    tells(node(), node(1)),
  ]).toEqual([true, false, false, false])
})

describe('order', () => {
  const used = (sequence: number, usedAtMs: number, origin = 'a') => ({
    origin,
    receiver: 'b',
    sequence,
    scheduledAtMs: sequence * 10,
    usedAtMs,
  })

  test('tells how many beacons were used after a later one of their link', () => {
    const passages = [used(0, 1), used(1, 151), used(2, 21), used(3, 31), used(9, 5, 'c')]
    expect(orderOf(passages, { fromMs: 0, untilMs: 1_000 })).toEqual({ overtaken: 1 / 5, missing: 0, untimely: 0 })
  })

  test('tells how many are missing between the first and the last, whatever is still held back', () => {
    const passages = [used(0, 1), used(1, 11), used(3, 31), used(9, 91)]
    expect(orderOf(passages, { fromMs: 0, untilMs: 40 })).toEqual({ overtaken: 0, missing: 1 / 4, untimely: 0 })
  })

  test('of nothing tells nothing', () => {
    expect(orderOf([], { fromMs: 0, untilMs: 1_000 })).toEqual({ overtaken: 0, missing: 0, untimely: 0 })
  })

  test('tells how many are used that name an instant at which nobody can have sent them', () => {
    const flipped = [1e300, -5, Number.NaN].map((scheduledAtMs) => ({ ...used(2, 21), scheduledAtMs }))
    const passages = [used(0, 1), used(1, 11), ...flipped, used(3, 31)]
    expect(orderOf(passages, { fromMs: 0, untilMs: 1_000 })).toEqual({ overtaken: 0, missing: 1 / 4, untimely: 2 / 4 })
  })
})

test('mangling is told by a node whose links have lost quality on average, not by one link', () => {
  const node = (...qualities: number[]) => ({
    id: 'node-0',
    state: 'up' as const,
    ...wholeView,
    links: qualities.map((quality, index) => ({ peer: `node-${index + 1}`, state: 'up' as const, quality })),
  })
  const scope = mangling.draw({ reorder: 0.25, duplicate: 0.1, corrupt: 0.05, heldBackMs: 150 })()
  const tells = mangling.tells(scope)
  // Half of 5 % of 64 beacons: 1.6.
  expect([
    tells(node(62, 62), node(64, 64)),
    tells(node(61, 64), node(64, 64)),
    tells(node(), node(64)),
    tells(node(60, 60, 1), node(60, 60)),
  ]).toEqual([true, false, false, false])
})

test.each([
  { path: { loss: { share: 1.5 } } },
  { path: { duplicate: { share: 2 } } },
  { path: { corrupt: 0.1 } },
  { path: { latency: { delayMs: -1 } } },
  { path: { latency: { delayMs: 10, jitterMs: 11 } } },
  { path: { delay: 100 } },
  { path: { latency: { delayS: 1 } } },
  { path: { window: { periodMs: 10, fromMs: 5, forMs: 6 } } },
  { from: [], path: {} },
])('a rule with a wrong key, unit or figure is refused: %j', (rule) => {
  expect(PathRule.safeParse(rule).success).toBe(false)
})
