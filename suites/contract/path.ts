/** What lies on the way between nodes: a fault of the network as data, in the words that network emulators use. */
import { z } from 'zod'

/** A chance for each datagram, in parts of 1. */
const Share = z.number().min(0).max(1)

/** Every part is optional and strikes by itself; a key that is not here is refused before anything is touched. */
export const Path = z.strictObject({
  /** Uniform around `delayMs`; a jitter greater than the distance of two datagrams reorders them. */
  latency: z
    .strictObject({ delayMs: z.number().positive(), jitterMs: z.number().nonnegative().optional() })
    .refine(({ delayMs, jitterMs = 0 }) => jitterMs <= delayMs, 'jitterMs is more than delayMs: it would arrive early')
    .optional(),
  /** The same chance for each datagram, or the two-state chain of Gilbert and Elliott. */
  loss: z
    .union([
      z.strictObject({ share: Share }),
      z.strictObject({ toBad: Share, toGood: Share, lossInBad: Share, lossInGood: Share }),
    ])
    .optional(),
  /** A link that passes so many bits a second before a queue that drops what finds no room. */
  bandwidth: z.strictObject({ bitsPerS: z.number().positive(), queueBytes: z.number().positive() }).optional(),
  /** A share of the datagrams is held back for so long that later ones overtake it. */
  reorder: z.strictObject({ share: Share, byMs: z.number().positive() }).optional(),
  /** A share of the datagrams comes twice; either copy takes its own time and is damaged or not by itself. */
  duplicate: z.strictObject({ share: Share }).optional(),
  /** A share of the datagrams arrives with one bit flipped, whichever, and with checksums that fit. */
  corrupt: z.strictObject({ share: Share }).optional(),
  /** Strikes only for `forMs` of every `periodMs`, the first time `fromMs` after it was laid; always unless given. */
  window: z
    .strictObject({
      periodMs: z.number().positive(),
      fromMs: z.number().nonnegative(),
      forMs: z.number().positive(),
    })
    .refine(({ periodMs, fromMs, forMs }) => fromMs + forMs <= periodMs, 'fromMs and forMs exceed periodMs')
    .optional(),
})
export type Path = z.infer<typeof Path>

/** A path on every directed pair from one of `from` to one of `to`; either is everybody unless given. */
export const PathRule = z.strictObject({
  from: z.array(z.string()).min(1).optional(),
  to: z.array(z.string()).min(1).optional(),
  path: Path,
})
export type PathRule = z.infer<typeof PathRule>

/** Nothing gets through. */
export const severed: Path = { loss: { share: 1 } }

/** Whether nothing at all gets through, for as long as the path lies there. */
export const isSevering = ({ loss, window }: Path): boolean => {
  if (loss === undefined || window !== undefined) return false
  return 'share' in loss ? loss.share === 1 : loss.lossInBad === 1 && (loss.lossInGood === 1 || loss.toGood === 0)
}

/** Whether a rule lies on the way from one node to another. */
export function liesOn({ from, to }: Pick<PathRule, 'from' | 'to'>): (sender: string, receiver: string) => boolean {
  const [senders, receivers] = [from && new Set(from), to && new Set(to)]
  return (sender, receiver) => senders?.has(sender) !== false && receivers?.has(receiver) !== false
}

/**
 * Everything lost while the chain is bad and nothing while it is good: bursts of `meanBurst` lost datagrams on average, a
 * `share` of all. Throws where that share would need bursts to follow one another without a datagram between them.
 */
export function lossInBursts({ share, meanBurst }: { readonly share: number; readonly meanBurst: number }): {
  readonly toBad: number
  readonly toGood: number
  readonly lossInBad: number
  readonly lossInGood: number
} {
  if (!(meanBurst >= 1)) throw new Error(`A burst of ${meanBurst} datagrams is none: a mean length is at least 1.`)
  const toGood = 1 / meanBurst
  const toBad = (toGood * share) / (1 - share)
  if (!(share >= 0 && toBad <= 1)) {
    const least = share / (1 - share)
    throw new Error(`A share of ${share} needs bursts of ${least} datagrams or more on average, not ${meanBurst}.`)
  }
  return { toBad, toGood, lossInBad: 1, lossInGood: 0 }
}
