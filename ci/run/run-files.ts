import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'

/** A piece of a file of a run; null where the file can't be unpacked (any further), as one that is still being packed. */
export type RunPiece = { readonly name: string; readonly bytes: Uint8Array | null }

/** Pieces are so large at least, but for a file's last. */
const pieceBytes = 1 << 20
/** So much of a piece begins the next one: a text up to that length is whole in one of them, wherever it lies. */
export const overlapBytes = 4_096

async function* unpacked(path: string): AsyncGenerator<Buffer> {
  const stored = createReadStream(path)
  const bytes = path.endsWith('.gz') ? stored.pipe(createGunzip()) : stored
  // An error of the file is thrown where its bytes are read.
  stored.on('error', (error) => bytes.destroy(error))
  for await (const chunk of bytes) yield Buffer.from(chunk)
}

async function* piecesOf(path: string): AsyncGenerator<Uint8Array | null> {
  let waiting: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of unpacked(path)) {
      waiting.push(chunk)
      size += chunk.length
      if (size < pieceBytes) continue
      const piece = Buffer.concat(waiting)
      yield piece
      waiting = [piece.subarray(-overlapBytes)]
      size = overlapBytes
    }
    yield Buffer.concat(waiting)
  } catch {
    if (waiting.length > 0) yield Buffer.concat(waiting)
    yield null
  }
}

/** Every file below a run's directory, unpacked where it is packed, piece by piece: raw samples of an hour are gigabytes. */
export async function* readRunPieces(directory: string): AsyncGenerator<RunPiece> {
  for (const name of await readdir(directory, { recursive: true })) {
    const path = join(directory, name)
    // What is a draft at one moment has its name at the next.
    const isFile = await stat(path).then(
      (one) => one.isFile(),
      () => false,
    )
    if (!isFile) continue
    for await (const bytes of piecesOf(path)) yield { name, bytes }
  }
}
