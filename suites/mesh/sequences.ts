import type { Receipts } from './receipts.ts'

export type SequenceFinding = {
  /** Receipts that name a beacon which another receipt of the same link named before. */
  readonly repeated: number
  /** Beacons of a link between the first and the last used one that have no receipt. */
  readonly missing: number
}

/**
 * What the sequence numbers of each link tell, whatever the target counted. A jump above `jumpMax`, more than a link can
 * send in the time, is a sender's new life: it counts as so many missing and no more.
 */
export function followSequences({ link, sequence, links }: Receipts, jumpMax: number): SequenceFinding {
  const byLink: number[][] = links.map(() => [])
  for (const [index, place] of link.entries()) byLink[place]?.push(sequence[index] ?? Number.NaN)
  let repeated = 0
  let missing = 0
  for (const numbers of byLink) {
    numbers.sort((a, b) => a - b)
    for (let index = 1; index < numbers.length; index += 1) {
      const step = (numbers[index] ?? 0) - (numbers[index - 1] ?? 0)
      if (step === 0) repeated += 1
      else missing += Math.min(step - 1, jumpMax)
    }
  }
  return { repeated, missing }
}
