/**
 * Mangling: on every link some datagrams are overtaken, some come twice and some arrive damaged, all at the same time.
 * Undo: the target takes the path away when the lease ends, with or without us; what is held back still arrives.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import type { MeshPlane } from '../../suites/contract/mesh.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { compared, fullWindow, onPaths, passagesIn, type Around, type FaultKind, type Passage } from '../effect.ts'
import { refusals } from './compromise.ts'

export type Mangled = {
  /** Shares of all datagrams. */
  readonly reorder: number
  readonly duplicate: number
  readonly corrupt: number
  /** How long those are held back that are to be overtaken. */
  readonly heldBackMs: number
}

const askedOf = ({ paths: [rule] = [] }: FaultScope): Omit<Mangled, 'heldBackMs'> => ({
  reorder: rule?.path.reorder?.share ?? 0,
  duplicate: rule?.path.duplicate?.share ?? 0,
  corrupt: rule?.path.corrupt?.share ?? 0,
})

/** Beacons of the last part may still be held back: whether they are missing is not known yet. */
const sampleMs = { counted: 1_000, undecided: 500 }

type Sample = {
  /** Used after a later one of their link, and missing, as shares of those that were due. */
  readonly overtaken: number
  readonly missing: number
  /** Datagrams that the mesh refused for every one that it took. */
  readonly refused: number
}

const accepted = async (mesh: MeshPlane): Promise<number> =>
  expectOk('meshWork', await mesh.meshWork({})).datagramsAccepted

async function sample(around: Around): Promise<Sample> {
  const { mesh, clock } = around
  const [takenBefore, refusedBefore] = [await accepted(mesh), await refusals(mesh)]
  const fromMs = clock.nowMs()
  const passages = await passagesIn(sampleMs.counted + sampleMs.undecided, around)
  const [taken, refused] = [(await accepted(mesh)) - takenBefore, (await refusals(mesh)) - refusedBefore]
  return {
    ...orderOf(passages, fromMs + sampleMs.counted),
    refused: refused / Math.max(1, taken),
  }
}

/** What the numbers of each link's beacons tell, up to the last that was scheduled before `untilMs`. */
export function orderOf(passages: readonly Passage[], untilMs: number): Pick<Sample, 'overtaken' | 'missing'> {
  const links = new Map<string, Passage[]>()
  for (const passage of passages) {
    if (passage.scheduledAtMs >= untilMs) continue
    const link = `${passage.origin}>${passage.receiver}`
    links.set(link, [...(links.get(link) ?? []), passage])
  }
  let [due, overtaken, missing] = [0, 0, 0]
  for (const used of links.values()) {
    used.sort((one, other) => one.usedAtMs - other.usedAtMs)
    const numbers = new Set(used.map(({ sequence }) => sequence))
    const span = Math.max(...numbers) - Math.min(...numbers) + 1
    due += span
    missing += span - numbers.size
    let newest = -Infinity
    for (const { sequence } of used) {
      if (sequence < newest) overtaken += 1
      newest = Math.max(newest, sequence)
    }
  }
  return { overtaken: overtaken / Math.max(1, due), missing: missing / Math.max(1, due) }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

export const mangling = {
  name: 'mangling',
  primitive: 'network',
  blastRadius: 'every link, in both directions; every datagram but the damaged ones arrives',
  effect:
    'half of the asked share of the beacons is overtaken, half is missing, and the mesh refuses more datagrams than are damaged',
  draw:
    ({ reorder, duplicate, corrupt, heldBackMs }: Mangled) =>
    (): FaultScope => ({
      paths: [
        {
          path: {
            reorder: { share: reorder, byMs: heldBackMs },
            duplicate: { share: duplicate },
            corrupt: { share: corrupt },
          },
        },
      ],
    }),
  hits: onPaths,
  /** Each of the three by what only it can do: a second copy is never used, so that it shows in refusals beyond the damaged. */
  probe: compared(sample, (before, after, scope) => {
    const { reorder, duplicate, corrupt } = askedOf(scope)
    const overtaken = after.overtaken - before.overtaken
    const missing = after.missing - before.missing
    const refused = after.refused - before.refused
    return {
      proven: overtaken >= reorder / 2 && missing >= corrupt / 2 && refused >= corrupt + duplicate / 2,
      seen: `${percent(overtaken)} overtaken, ${percent(missing)} missing, ${percent(refused)} refused; asked: ${percent(reorder)} reordered, ${percent(corrupt)} damaged, ${percent(duplicate)} sent twice`,
    }
  }),
  downs: () => [],
  /** A node whose links have lost half of the damaged share of their quality, on average: one link may do so by chance. */
  tells: (scope) => (now, before) => {
    const were = new Map(before.links.map(({ peer, quality }) => [peer, quality]))
    const falls = now.links.flatMap(({ peer, quality }) => {
      const was = were.get(peer)
      return was === undefined ? [] : [was - quality]
    })
    const fall = falls.reduce((sum, one) => sum + one, 0)
    return falls.length > 0 && fall / falls.length >= (askedOf(scope).corrupt / 2) * fullWindow
  },
} as const satisfies FaultKind & Record<string, unknown>
