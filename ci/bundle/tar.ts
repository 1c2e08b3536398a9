import { packTar, unpackTar } from 'modern-tar'
import type { RunFiles } from '../../suites/evidence/stored.ts'

/** A bundle that is not the one that was written. The message says where. */
export class TarError extends Error {
  override readonly name = 'TarError'
}

const block = 512
const padded = (size: number): number => Math.ceil(size / block) * block

/** The same files give the same bytes, whoever packs them, when and where: names sorted, no times, no owners. */
export async function packFiles(files: RunFiles): Promise<Uint8Array> {
  const names = [...files.keys()].sort()
  const owner = { mtime: new Date(0), mode: 0o644, uid: 0, gid: 0, uname: '', gname: '', type: 'file' as const }
  return packTar(
    names.map((name) => {
      const body = files.get(name) ?? new Uint8Array()
      return { header: { name, size: body.length, ...owner }, body }
    }),
  )
}

/** Which file of a packed bundle holds this byte. */
function memberAt(files: RunFiles, offset: number): string {
  let end = 0
  for (const name of [...files.keys()].sort()) {
    end += block + padded(files.get(name)?.length ?? 0)
    if (offset < end) return `in ${name}`
  }
  return 'after the last file'
}

function firstDifference(a: Uint8Array, b: Uint8Array): number | null {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index += 1) if (a[index] !== b[index]) return index
  return a.length === b.length ? null : length
}

/** Whether the bytes claim to be a tar at all: the ustar magic of the first header. */
export const looksLikeTar = (bytes: Uint8Array): boolean =>
  bytes.length >= 2 * block && Buffer.from(bytes.subarray(257, 262)).toString('latin1') === 'ustar'

/** Unpacks a bundle and packs it again: nothing may differ, so nothing can hide in headers, padding or behind the end. */
export async function unpackFiles(bytes: Uint8Array): Promise<RunFiles> {
  const files = new Map<string, Uint8Array>()
  try {
    for (const { header, data } of await unpackTar(bytes)) {
      if (files.has(header.name)) throw new TarError(`${header.name} is in the bundle twice.`)
      files.set(header.name, data ?? new Uint8Array())
    }
  } catch (error) {
    if (error instanceof TarError) throw error
    const names = [...files.keys()]
    const cause = error instanceof Error ? error.message : String(error)
    throw new TarError(`The bundle can't be unpacked${names.length === 0 ? '' : ` after ${names.at(-1)}`}: ${cause}`, {
      cause: error,
    })
  }
  const again = await packFiles(files)
  const at = firstDifference(bytes, again)
  if (at !== null)
    throw new TarError(`Byte ${at} (${memberAt(files, at)}) is not as a bundle is packed: it was changed.`)
  return files
}
