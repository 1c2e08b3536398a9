import type { Say } from './progress.ts'

/** Where a run goes on beside others, and to whom it tells its progress. */
export type Place = { readonly place: number; readonly say: Say }

/** What a piece of work came to. */
export type Done<Result> = { readonly result: Result; readonly isWell: boolean }

/** So many runs of rows that time nothing go on at the same time: mostly they wait, for a start or for an epoch's end. */
export const placesOfUntimed = 2

/**
 * Works through a list in so many places at a time, and answers in the order of the list. Where several go on at once, what
 * each says is told only if it did not end well: their lines would mingle.
 */
export async function workInPlaces<Item, Result>(
  items: readonly Item[],
  { atOnce, say }: { readonly atOnce: number; readonly say: Say },
  work: (item: Item, place: Place) => Promise<Done<Result>>,
): Promise<readonly Result[]> {
  const waiting = items.entries()
  const results: Result[] = []
  const inTurn = async (place: number): Promise<void> => {
    for (const [index, item] of waiting) {
      const told: string[] = []
      const { result, isWell } = await work(item, { place, say: atOnce === 1 ? say : (line) => void told.push(line) })
      if (!isWell) for (const line of told) say(line)
      results[index] = result
    }
  }
  await Promise.all(Array.from({ length: atOnce }, (_, place) => inTurn(place)))
  return results
}
