/**
 * The suite's own mean, by integers: a float32 is an integer multiple of 2^-149, so the weighted
 * mean is a fraction, and the right float32 is the neighbour with the smallest exact distance.
 * Means below 2^-149 count as zero.
 */
export type Update = { readonly delta: Float32Array; readonly samples: number }

const toInteger = (value: number): bigint => BigInt(value * 2 ** 149)

const float = new Float32Array(1)
const word = new Uint32Array(float.buffer)

/** The float32 whose bits are `steps` further from zero, and whether its last bit is even. */
function neighbour(value: number, steps: number): { readonly value: number; readonly even: boolean } {
  float[0] = value
  word[0] = (word[0] ?? 0) + steps
  return { value: float[0], even: ((word[0] ?? 0) & 1) === 0 }
}

const distance = (a: bigint, b: bigint): bigint => (a > b ? a - b : b - a)

function nearestFloat32(numerator: bigint, denominator: bigint): number {
  const guess = Math.fround(Number(numerator / denominator) * 2 ** -149)
  if (guess === 0) return 0
  return [-1, 0, 1]
    .map((steps) => {
      const near = neighbour(guess, steps)
      return { ...near, off: distance(numerator, toInteger(near.value) * denominator) }
    })
    .reduce((best, next) => (next.off < best.off || (next.off === best.off && next.even) ? next : best)).value
}

/** `base + Σ samples·delta / Σ samples`, each coordinate rounded once. */
export function exactMean(base: Float32Array, updates: readonly Update[]): Float32Array {
  const total = updates.reduce((sum, { samples }) => sum + BigInt(samples), 0n)
  return base.map((value, index) => {
    const sum = updates.reduce((so, { delta, samples }) => so + BigInt(samples) * toInteger(delta[index] ?? 0), 0n)
    return nearestFloat32(toInteger(value) * total + sum, total)
  })
}

/** The same value or one of its two neighbours. */
export const isWithinOneUlp = (seen: number, right: number): boolean =>
  seen === right || [-1, 1].some((steps) => seen === neighbour(right, steps).value)
