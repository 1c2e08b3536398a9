/**
 * Whoever ends a run by a signal to its runner ends its faults first: the runner leaves a file in the run's directory, and who
 * holds a fault there undoes it at once.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const fileIn = (directory: string): string => join(directory, 'ending')

const lookEveryMs = 50

export type Ending = {
  readonly isAsked: () => boolean
  /** Settles once it is asked for. */
  readonly asked: Promise<'asked'>
  readonly close: () => void
}

/** Asks everybody who holds a fault of this run to undo it. `by` says who wants that. */
export const askEnding = (directory: string, by: string): void => writeFileSync(fileIn(directory), `${by}\n`)

/** For a run that goes on after all. */
export const forgetEnding = (directory: string): void => rmSync(fileIn(directory), { force: true })

/** Looks out for that. */
export function watchEnding(directory: string): Ending {
  const { promise, resolve } = Promise.withResolvers<'asked'>()
  const isAsked = (): boolean => existsSync(fileIn(directory))
  const look = (): void => {
    if (isAsked()) resolve('asked')
  }
  // What the system tells of by itself it tells to a limited number of processes at a time, and a watcher of Node's that looks
  // for the first time when the file is already there takes it for unchanged ever after.
  const looking = setInterval(look, lookEveryMs).unref()
  look()
  return { isAsked, asked: promise, close: () => clearInterval(looking) }
}
