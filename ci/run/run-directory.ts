import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { Stop, exitCodes } from './stop.ts'

/** A path as whoever reads it here can use it: short below the working directory, whole elsewhere. */
export function fromHere(path: string): string {
  const below = relative(process.cwd(), path)
  return below === '' || below.startsWith('..') ? resolve(path) : below
}

/** The directory of a run that was named by path or by its name under `.evidence` (`latest` too); null if there is none. */
export function findRun(root: string, run: string): string | null {
  const candidates = [resolve(run), join(root, '.evidence', run)]
  return candidates.find((directory) => existsSync(join(directory, 'plan.json'))) ?? null
}

export function resolveRun(root: string, run: string): string {
  const found = findRun(root, run)
  if (found === null)
    throw new Stop(
      exitCodes.usage,
      `There is no run ${run}: name a directory that holds a plan.json, or a run under .evidence (latest is one).`,
    )
  return found
}
