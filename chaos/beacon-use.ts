/**
 * What became of the beacons around compromised members, by the receipts of their neighbours: nobody else can get what
 * they forge. Read from just before the fault until the mesh is steady after it.
 */
import type { Clock } from '../suites/contract/clock.ts'
import type { MeshPlane } from '../suites/contract/mesh.ts'
import type { HistoryItem } from '../suites/evidence/history.ts'
import type { Observe } from '../suites/evidence/recorder.ts'
import { openReceipts, type Receipts } from '../suites/mesh/receipts.ts'
import { followSequences } from '../suites/mesh/sequences.ts'
import { refusals } from './faults/compromise.ts'
import { readBeside } from './reading.ts'
import type { Besides } from './recovery.ts'
import { readNodes } from './steady.ts'

export type BeaconUse = {
  /** Beacons that were used and that an honest member, or a compromised one at its own work, sent. */
  readonly genuine: number
  /** Of these, those that the compromised members sent. */
  readonly own: number
  /** Used although they say that they were scheduled at instant 0: forged in a name, or altered. */
  readonly forged: number
  /** Used once more. */
  readonly repeated: number
  /** Genuine ones between the first and the last used of a link that were not used. */
  readonly missing: number
  /** Used after a later one of the same link. */
  readonly overtaken: number
  /** What the mesh says that it refused meanwhile. */
  readonly refused: number
}

type UsedLinks = Extract<HistoryItem<'forged-refused'>, { type: 'used' }>['links']

/** Every use, by link, in its order: what the judge finds forgeries and repetitions in. */
export function usedLinks({ link, sequence, scheduledAtMs, links }: Receipts): UsedLinks {
  const used = links.map(({ origin, receiver }) => ({
    link: `${origin}>${receiver}`,
    ranges: [] as [number, number][],
    forged: [] as number[],
  }))
  for (const [index, place] of link.entries()) {
    const [number, own] = [sequence[index] ?? Number.NaN, used[place]]
    const range = own?.ranges.at(-1)
    if (scheduledAtMs[index] === 0) own?.forged.push(number)
    else if (range?.[1] === number - 1) range[1] = number
    else own?.ranges.push([number, number])
  }
  return used
}

/** More beacons than one link sends in any run of a row: a greater jump is another life of its sender. */
const jumpMax = 10_000

/** Used after a later one of the same link, in the order of their use. */
function overtakenIn({ link, sequence }: Receipts): number {
  const newest: number[] = []
  let overtaken = 0
  for (const [index, place] of link.entries()) {
    const number = sequence[index] ?? Number.NaN
    if (number < (newest[place] ?? -1)) overtaken += 1
    else newest[place] = number
  }
  return overtaken
}

export function useOf(
  receipts: Receipts,
  { compromised, refused }: { readonly compromised: ReadonlySet<string>; readonly refused: number },
): BeaconUse {
  const { repeated, missing } = followSequences(receipts, jumpMax)
  const forged = receipts.scheduledAtMs.filter((scheduled) => scheduled === 0).length
  const byCompromised = receipts.links.map(({ origin }) => compromised.has(origin))
  const own = receipts.link.filter((place) => byCompromised[place] === true).length
  const genuine = receipts.link.length - forged - repeated
  return { genuine, own, forged, repeated, missing, overtaken: overtakenIn(receipts), refused }
}

type Around = {
  readonly mesh: MeshPlane
  readonly clock: Clock
  readonly observe: Observe
  /** Records what was seen of one fault; answers whether it is well. */
  readonly see: (use: BeaconUse) => boolean
}

/** Reads the receipts of the neighbours of whoever is compromised. */
export function watchUse({ mesh, clock, observe, see }: Around): Besides {
  return readBeside({
    open: async (names) => {
      const compromised = new Set(names)
      const before = await refusals(mesh)
      const neighbours = (await readNodes(mesh)).filter(({ links }) => links.some(({ peer }) => compromised.has(peer)))
      const reader = await openReceipts({ mesh, clock, receivers: neighbours.map(({ id }) => id) })
      return { reader, before: { compromised, refused: before } }
    },
    see: async ({ dropped, malformed, receipts }, before) => {
      const refused = (await refusals(mesh)) - before.refused
      const lost = { claim: 'receipts complete', limit: 0, unit: 'receipts', noise: true } as const
      observe.premise({ ...lost, measured: dropped + malformed })
      observe.history('forged-refused', { type: 'used', links: usedLinks(receipts) })
      return see(useOf(receipts, { compromised: before.compromised, refused }))
    },
  })
}

/** Whether nothing of the compromised members is used but their own beacons, each once. The judge finds that out for himself. */
export const isGenuine = ({ forged, repeated }: Pick<BeaconUse, 'forged' | 'repeated'>): boolean =>
  forged + repeated === 0
