/**
 * Lying storage: what the coordinator of federated learning, or the authority, keeps its journal on tears a write, tells what is not durable to
 * be so, fails, is full, changes a bit or answers what is old. One primitive with data: the lie, how far it reaches, the draw.
 * Undo: the target's storage is true again when the lease ends, with or without us; what was written in truth is there.
 */
import type { ControlPlane, FaultPrimitive } from '../../suites/contract/control.ts'
import type { LearningPlane } from '../../suites/contract/learning.ts'
import type { Random } from '../../suites/contract/random.ts'
import { storageLies, type LyingStorage, type StorageLie } from '../../suites/contract/storage.ts'

/** Lies that nobody can find who has no other storage to compare with: they never reach every one. */
const foundByOthersOnly: ReadonlySet<StorageLie> = new Set<StorageLie>(['lost-sync', 'stale-read'])

/** A lie, and whom it reaches. */
export type ReachingLie = Pick<LyingStorage, 'lie' | 'reach'>

/** Each lie with each reach that it can be found out with: what storage takes nothing of shows only where every one lies. */
export const reachingLies: readonly ReachingLie[] = storageLies.flatMap((lie) =>
  foundByOthersOnly.has(lie)
    ? [{ lie, reach: 'one' as const }]
    : [
        { lie, reach: 'one' as const },
        { lie, reach: 'every' as const },
      ],
)

export const nameOf = ({ lie, reach }: ReachingLie): string => `${lie}, ${reach}`

export const lyingStorage = {
  name: 'lying storage',
  primitive: 'storage' satisfies FaultPrimitive,
  /** It strikes no node: schedules of the mesh do without it. */
  plane: 'learning',
  blastRadius:
    'the journal of federated learning or of the authority, on one of its storages or on all of them; no node of the mesh',
  effect:
    'the target tells that the lie has struck one operation or more; where every storage fails, nothing is written',
  draw: ({ lie, reach }: ReachingLie, random: Random, of: LyingStorage['of']): LyingStorage => ({
    of,
    lie,
    reach,
    draw: random.float(),
  }),
  /** How often the fault has struck so far. */
  strikes: async (control: ControlPlane, faultId: string): Promise<number> => {
    const active = await control.activeFaults({})
    // Whose process has just been killed may be asked in vain.
    return active.ok ? (active.value.find((one) => one.faultId === faultId)?.struck ?? 0) : 0
  },
  /** Whether a job can't be written down; where it can, there is one more. */
  refuses: async (learning: LearningPlane): Promise<boolean> => {
    const terms = { task: 'external', dimension: 1, clients: 1, goal: 1, minimum: 1, roundTimeoutMs: 1_000 } as const
    const answer = await learning.createJob(terms)
    // One job too many is refused as well, but not by storage.
    return !answer.ok && (answer.status ?? 500) >= 500
  },
} as const
