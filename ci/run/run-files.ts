import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** A file of a run, as text; null where it can't be unpacked, as one that is still being packed. */
export type RunFile = { readonly name: string; readonly text: string | null }

/** Every file below a run's directory, unpacked where it is packed. */
export function readRunFiles(directory: string): readonly RunFile[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).flatMap((name): RunFile[] => {
    const path = join(directory, name)
    if (!statSync(path).isFile()) return []
    const bytes = readFileSync(path)
    if (!name.endsWith('.gz')) return [{ name, text: bytes.toString('utf8') }]
    try {
      return [{ name, text: gunzipSync(bytes).toString('utf8') }]
    } catch {
      return [{ name, text: null }]
    }
  })
}
