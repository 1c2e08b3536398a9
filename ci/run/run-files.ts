import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** A file of a run, as text. */
export type RunFile = { readonly name: string; readonly text: string }

/** Every file below a run's directory, unpacked where it is packed; one that is still being packed is left out. */
export function readRunFiles(directory: string): readonly RunFile[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const path = join(directory, name)
    if (!statSync(path).isFile()) return []
    const bytes = readFileSync(path)
    if (!name.endsWith('.gz')) return [{ name, text: bytes.toString('utf8') }]
    try {
      return [{ name, text: gunzipSync(bytes).toString('utf8') }]
    } catch {
      return []
    }
  })
}
