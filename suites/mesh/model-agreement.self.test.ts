import { expect, test } from 'vitest'
import { liveRuns, readLiveBaseline, type LiveBaseline } from './live-baseline.ts'
import { beyondRuns, medianDifference, observeOrder, type Median } from './model-agreement.ts'

/** A median whose neighbours in rank are no more than a hundredth away. */
const plain = (ms: number): Median => ({ p50Ms: ms, medianBandMs: [0.99 * ms, 1.01 * ms] })

const others = { p99Ms: 99, processingMsP50: 1, processingMsP99: 2, cores: 1 }

const made = (p50Ms: Readonly<Record<number, readonly Median[]>>): LiveBaseline => ({
  schema: 'meshcert/live-baseline/v4',
  recordedAt: 'never',
  provisional: false,
  machine: 'made up',
  meshSources: 'none',
  timerProfiles: [],
  runs: Object.entries(p50Ms).flatMap(([nodes, medians]) =>
    medians.map((median) => ({ run: 'r', nodes: Number(nodes), timerProfile: 't', n: 10, ...others, ...median })),
  ),
})

function kept(modelledMs: readonly [number, number, number], baseline: LiveBaseline): readonly boolean[] {
  const seen: boolean[] = []
  const scales = [100, 500, 1_000].map((nodes, index) => ({ nodes, p50Ms: modelledMs[index] ?? 0 }))
  observeOrder({ check: (_, holds) => void seen.push(holds) }, scales, baseline)
  return seen
}

test('a median in a thick of latencies is compared as it is', () => {
  expect(medianDifference(plain(13), plain(10))).toBeCloseTo(0.3, 1)
  expect(medianDifference(plain(7), plain(10))).toBeCloseTo(0.28, 1)
  expect(medianDifference(plain(10), plain(10))).toBe(0)
})

test('a median between two heaps may lie at either edge, and nowhere else', () => {
  const between = { p50Ms: 19.3, medianBandMs: [11.3, 19.4] as [number, number] }
  expect(medianDifference({ p50Ms: 13.2, medianBandMs: [11, 19.2] }, between)).toBe(0)
  expect(medianDifference({ p50Ms: 12, medianBandMs: [11.9, 12.1] }, between)).toBe(0)
  expect(medianDifference({ p50Ms: 28, medianBandMs: [27, 29] }, between)).toBeGreaterThan(0.3)
  expect(medianDifference({ p50Ms: 5, medianBandMs: [4.9, 5.1] }, between)).toBeGreaterThan(0.3)
})

test('what live runs differ by among themselves is nobody’s error', () => {
  expect(beyondRuns(1.1, [1, 1.2, 1.1])).toBe(0)
  expect(beyondRuns(0.55, [1, 1.2, 1.1])).toBeCloseTo(0.409, 3)
  expect(beyondRuns(2.3, [1, 1.2, 1.1])).toBeCloseTo(1, 9)
  expect(beyondRuns(1, [])).toBeNull()
})

test('where live runs know an order the model must have it, whether it rises or falls', () => {
  const live = made({
    100: [plain(1), plain(1.1)],
    500: [plain(12), plain(13)],
    1_000: [plain(9), plain(10), plain(11)],
  })
  expect(kept([1, 12, 10], live)).toEqual([true, true])
  expect(kept([1, 9, 10], live)).toEqual([true, false])
  expect(kept([15, 12, 10], live)).toEqual([false, true])
  expect(kept([12, 12, 12], live)).toEqual([false, false])
})

test('where live runs overlap nothing is asked', () => {
  expect(kept([30, 20, 10], made({ 100: [plain(1), plain(13)], 500: [plain(12)], 1_000: [plain(12.1)] }))).toEqual([
    true,
    true,
  ])
})

test('a size without a live run is no agreement', () => {
  expect(() => kept([1, 2, 3], made({ 100: [plain(1)], 1_000: [plain(3)] }))).toThrow('no run of 500 nodes')
  expect(liveRuns(readLiveBaseline(), 100).length).toBeGreaterThanOrEqual(3)
})
