import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** A reproducible stream of chance. The same seed string gives the same stream in every process. */
export type Random = {
  /** The next float64 in [0, 1). */
  readonly float: () => number
  /** The next integer in [from, to], both included. */
  readonly integer: (from: number, to: number) => number
  /** `count` pseudo-random bytes: for payloads and choices, never for keys of a live target. */
  readonly bytes: (count: number) => Uint8Array<ArrayBuffer>
  /** An independent stream for one concern, so that drawing more for one does not shift the others. */
  readonly stream: (concern: string) => Random
}

/** FNV-1a over UTF-16 code units, finished with murmur3's avalanche so that close seeds part widely. */
function hashSeed(seed: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < seed.length; index += 1) {
    hash = Math.imul(hash ^ seed.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) | 0
}

/** The stream of a seed string: xoroshiro128+, the generator that fast-check carries too. */
export function randomFrom(seed: string): Random {
  const generator = xoroshiro128plus(hashSeed(seed))
  const integer = (from: number, to: number) => uniformInt(generator, from, to)
  return {
    float: () => uniformFloat64(generator),
    integer,
    bytes: (count) => Uint8Array.from({ length: count }, () => integer(0, 255)),
    stream: (concern) => randomFrom(`${seed}/${concern}`),
  }
}
