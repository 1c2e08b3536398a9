/**
 * Mangling: on every link some datagrams are overtaken, some come twice and some arrive damaged, all at the same time.
 * Undo: the target takes the path away when the lease ends, with or without us; what is held back still arrives.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import type { MeshPlane } from '../../suites/contract/mesh.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { compared, fullWindow, onPaths, usesIn, type Around, type FaultKind, type Passage } from '../effect.ts'
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
/** No beacon that is held back is so old when it is used, and none comes so long before its time. */
const untimelyMs = 1_000
/** Of the damaged beacons that a mesh uses, at least so many name an instant that can't be: every twentieth does, by its highest bits. */
const untimelyShare = 1 / 100

type Sample = {
  /** Used after a later one of their link, and missing, as shares of those that were due. */
  readonly overtaken: number
  readonly missing: number
  /** Used although they name an instant at which nobody can have sent them, as a share of those that were due. */
  readonly untimely: number
  /** Datagrams that the mesh refused for every one that it took. */
  readonly refused: number
}

const accepted = async (mesh: MeshPlane): Promise<number> =>
  expectOk('meshWork', await mesh.meshWork({})).datagramsAccepted

async function sample(around: Around): Promise<Sample> {
  const { mesh, clock } = around
  const [takenBefore, refusedBefore] = [await accepted(mesh), await refusals(mesh)]
  const fromMs = clock.nowMs()
  const uses = await usesIn(sampleMs.counted + sampleMs.undecided, around)
  const [taken, refused] = [(await accepted(mesh)) - takenBefore, (await refusals(mesh)) - refusedBefore]
  return {
    ...orderOf(uses, { fromMs, untilMs: fromMs + sampleMs.counted }),
    refused: refused / Math.max(1, taken),
  }
}

/** What the numbers of each link's beacons tell, of those that were scheduled in [fromMs, untilMs), and what their instants do. */
export function orderOf(
  uses: readonly Passage[],
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): Omit<Sample, 'refused'> {
  const links = new Map<string, Passage[]>()
  let untimely = 0
  for (const passage of uses) {
    // What is no number is no instant either.
    if (!(Math.abs(passage.usedAtMs - passage.scheduledAtMs) < untimelyMs)) untimely += 1
    if (!(passage.scheduledAtMs >= fromMs && passage.scheduledAtMs < untilMs)) continue
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
  const share = (count: number): number => count / Math.max(1, due)
  return { overtaken: share(overtaken), missing: share(missing), untimely: share(untimely) }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

export const mangling = {
  name: 'mangling',
  primitive: 'network',
  blastRadius: 'every link, in both directions; every datagram but the damaged ones arrives',
  effect:
    'half of the asked share of the beacons is overtaken, half is missing or damaged ones are used, and the mesh refuses more datagrams than are missing',
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
  /**
   * Each of the three by what only it can do: a second copy is never used, so that it shows in refusals beyond the damaged,
   * and damage by the beacons that are missing, or by their uses: a mesh that believes whatever comes is FAIL and not in doubt.
   */
  probe: compared(sample, (before, after, scope) => {
    const { reorder, duplicate, corrupt } = askedOf(scope)
    const overtaken = after.overtaken - before.overtaken
    const missing = after.missing - before.missing
    const untimely = after.untimely - before.untimely
    const refused = after.refused - before.refused
    // What is missing beyond the share that was asked for is another fault's doing.
    const damaged = Math.max(corrupt / 2, Math.min(corrupt, missing))
    const isDamaged = missing >= corrupt / 2 || (corrupt > 0 && untimely >= corrupt * untimelyShare)
    return {
      proven: overtaken >= reorder / 2 && isDamaged && refused >= damaged + duplicate / 2,
      seen: `${percent(overtaken)} overtaken, ${percent(missing)} missing, ${percent(untimely)} untimely, ${percent(refused)} refused; asked: ${percent(reorder)} reordered, ${percent(corrupt)} damaged, ${percent(duplicate)} sent twice`,
    }
  }),
  falsifies: true,
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
