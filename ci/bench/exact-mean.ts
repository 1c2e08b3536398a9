import { randomFrom } from '../../suites/contract/random.ts'

type Accumulator = {
  readonly add: (delta: Float32Array, samples: number) => void
  readonly applyTo: (base: Float32Array) => Float32Array
}

// The reference is known here by path only, as the default target is.
const reference = new URL('../../fixtures/learning/accumulator.ts', import.meta.url).href
const { exactAccumulator }: { exactAccumulator: (dimension: number) => Accumulator } = await import(reference)

/** One round of the digits job: 100 clients, softmax regression on 28 × 28 pixels. */
const clients = 100
const dimension = 7_850
const random = randomFrom('exact-mean')
const updates = Array.from({ length: clients }, () => ({
  delta: Float32Array.from({ length: dimension }, () => (random.float() - 0.5) * 0.1),
  samples: random.integer(50, 100),
}))
const base = new Float32Array(dimension)

function naiveMean(): Float32Array {
  const sum = new Float64Array(dimension)
  let total = 0
  for (const { delta, samples } of updates) {
    total += samples
    for (let index = 0; index < dimension; index += 1) sum[index] = (sum[index] ?? 0) + samples * (delta[index] ?? 0)
  }
  return base.map((value, index) => value + (sum[index] ?? 0) / total)
}

/** What exactness costs: the superaccumulator against a float64 sum whose last bits depend on the order. */
export const bench = {
  name: 'exact mean of one round, 7,850 numbers from each client',
  unit: { count: clients, item: 'client' },
  ours: (): void => {
    const sum = exactAccumulator(dimension)
    for (const { delta, samples } of updates) sum.add(delta, samples)
    sum.applyTo(base)
  },
  baselines: {
    'float64 sum': (): void => {
      naiveMean()
    },
  },
}
