import { readFile } from 'node:fs/promises'
import { readRunFiles, type RunFiles } from '../../suites/evidence/stored.ts'
import { findRun } from '../run/run-directory.ts'
import { exitCodes, messageOf, Stop } from '../run/stop.ts'
import { members } from './bundle.ts'
import { unpackFiles } from './tar.ts'

/** The files of a run, named by directory, by its name under `.evidence`, or by a bundle of it. Signatures are `verify`'s affair. */
export async function openRun(root: string, run: string): Promise<RunFiles> {
  const directory = findRun(root, run)
  if (directory !== null) return readRunFiles(directory)
  try {
    const packed = await unpackFiles(await readFile(run))
    const own = [...packed].filter(([name]) => name.startsWith(members.run))
    return new Map(own.map(([name, bytes]) => [name.slice(members.run.length), bytes]))
  } catch (error) {
    throw new Stop(exitCodes.usage, `${run} is neither a run nor a bundle: ${messageOf(error)}`)
  }
}
