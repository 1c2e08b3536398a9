import { readFile, stat } from 'node:fs/promises'
import { readRunFiles, type RunFiles } from '../../suites/evidence/stored.ts'
import { findRun } from '../run/run-directory.ts'
import { damaged } from '../run/run-document.ts'
import { exitCodes, messageOf, Stop } from '../run/stop.ts'
import { members } from './bundle.ts'
import { unpackFiles } from './tar.ts'

/** More than any run stores, and less than would fill a reader's memory. */
const maxBundleBytes = 2 ** 31 - 1

/** The bytes of a bundle; rejects what can't be one, an endless device for instance. */
export async function readBundle(file: string): Promise<Uint8Array> {
  const about = await stat(file)
  if (!about.isFile()) throw new Error('it is no regular file')
  if (about.size > maxBundleBytes) throw new Error(`it is larger than ${maxBundleBytes} bytes`)
  return readFile(file)
}

/** The files of a run, named by directory, by its name under `.evidence`, or by a bundle of it. Signatures are `verify`'s affair. */
export async function openRun(root: string, run: string): Promise<RunFiles> {
  const directory = findRun(root, run)
  if (directory !== null)
    return readRunFiles(directory).catch((error: unknown) => {
      throw damaged(run, error)
    })
  try {
    const packed = await unpackFiles(await readBundle(run))
    const own = [...packed].filter(([name]) => name.startsWith(members.run))
    return new Map(own.map(([name, bytes]) => [name.slice(members.run.length), bytes]))
  } catch (error) {
    throw new Stop(exitCodes.usage, `${run} is neither a run nor a bundle: ${messageOf(error)}`)
  }
}
