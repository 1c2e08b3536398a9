import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findTool } from '../tools/finder.ts'

/** For self tests: k6, and a folder of their own for what they have it run. The first one builds it, which takes minutes. */
export async function openK6Room(
  name: string,
): Promise<{ readonly k6: string; readonly room: string; readonly close: () => void }> {
  const found = await findTool('k6')
  if ('missing' in found) throw new Error(`${found.missing}. ${found.recipe}`)
  const room = mkdtempSync(join(tmpdir(), `meshcert-k6-${name}-`))
  return { k6: found.path, room, close: () => rmSync(room, { recursive: true, force: true }) }
}
