/**
 * The simulated worlds of one scenario. One that its scenario closes is let go of at once, but for the hash of its event
 * log: a mesh of a thousand nodes takes hundreds of megabytes, and a row dozens of worlds.
 */
import type { Target } from '../../suites/contract/target.ts'

type Place = { open: Target | null; eventLogHash: string | null }

export type Worlds = {
  /** A place for one more, in the order in which they are asked for; not in that in which they are ready. */
  readonly next: () => (world: Target) => Target
  /** Closes those that are open still, and answers the hashes of all event logs, in that order. */
  readonly close: () => Promise<string[]>
}

async function leave(place: Place): Promise<void> {
  const { open } = place
  place.open = null
  await open?.close()
  place.eventLogHash = open?.eventLogHash?.() ?? place.eventLogHash
}

export function openWorlds(): Worlds {
  const places: Place[] = []
  return {
    next: () => {
      const place: Place = { open: null, eventLogHash: null }
      places.push(place)
      return (world) => {
        place.open = world
        return { ...world, close: () => leave(place) }
      }
    },
    close: async () => {
      await Promise.all(places.map(leave))
      return places.flatMap(({ eventLogHash }) => eventLogHash ?? [])
    },
  }
}
