/** Storage that lies: a fault of what a plane keeps its journal on, as data. */
import { z } from 'zod'

/**
 * `torn-write`: a write stops part way, and the storage takes nothing more;
 * `lost-sync`: what is written is told to be durable and is not: it is gone when the process that wrote it dies;
 * `io-error`: whatever is asked of it fails (EIO);
 * `full`: a write finds no room for all of it (ENOSPC);
 * `bit-rot`: whoever reads gets one bit changed;
 * `stale-read`: whoever reads gets what was there some time ago.
 */
export const storageLies = ['torn-write', 'lost-sync', 'io-error', 'full', 'bit-rot', 'stale-read'] as const
export type StorageLie = (typeof storageLies)[number]

/** What lies, and how. */
export const LyingStorage = z.strictObject({
  /** The plane whose journal is kept there. */
  of: z.enum(['learning', 'identity']),
  lie: z.enum(storageLies),
  /** One of the storages that the plane keeps its journal on, or all of them in the same way. */
  reach: z.enum(['one', 'every']),
  /** By which the target chooses which of them it is, and at which place: the same draw, the same lie. */
  draw: z.number().min(0).lt(1),
})
export type LyingStorage = z.infer<typeof LyingStorage>

/** One of the storages that a plane keeps its journal on. */
export const JournalCopy = z.object({
  /** Whether it holds all that was acknowledged. */
  isSound: z.boolean(),
  /** What was found wrong with it since whoever writes there was started, mended or not; null while nothing was. */
  trouble: z.string().nullable(),
})
export type JournalCopy = z.infer<typeof JournalCopy>
