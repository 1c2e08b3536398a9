import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generatedFiles, generatedFolders } from '../generate/files.ts'
import { handPart } from '../generate/runbooks.ts'
import { exitCodes } from '../run/stop.ts'

export type GenerateOptions = { readonly root: string; readonly check: boolean }

/** What separates the tree from its promises. */
export type Difference = { readonly file: string; readonly kind: 'missing' | 'differs' | 'stale' }

const read = (path: string): string | null => (existsSync(path) ? readFileSync(path, 'utf8') : null)

function staleFiles(root: string, wanted: ReadonlyMap<string, string>): readonly string[] {
  return generatedFolders.flatMap((folder) =>
    (existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [])
      .map((name) => `${folder}/${name}`)
      .filter((file) => !wanted.has(file))
      .sort(),
  )
}

/** Compares the tree with what its promises generate; writes nothing. */
export function differences(root: string, wanted: ReadonlyMap<string, string>): readonly Difference[] {
  const changed = [...wanted].flatMap(([file, text]): readonly Difference[] => {
    const present = read(join(root, file))
    if (present === text) return []
    return [{ file, kind: present === null ? 'missing' : 'differs' }]
  })
  return [...changed, ...staleFiles(root, wanted).map((file) => ({ file, kind: 'stale' as const }))]
}

/** Removes a stale file, unless somebody wrote into it: true if it is gone. */
function remove(root: string, file: string): boolean {
  if (handPart(read(join(root, file))) !== null) return false
  rmSync(join(root, file))
  return true
}

/**
 * Writes everything that repeats a promise, or with `check` compares only. Ends 0 when the tree is
 * fresh or was written, 1 when it differs in a check or a hand-written runbook has lost its alert.
 */
export async function generate({ root, check }: GenerateOptions): Promise<number> {
  const wanted = generatedFiles(root)
  const found = differences(root, wanted)
  if (check) {
    for (const { file, kind } of found) process.stdout.write(`${kind.padEnd(8)} ${file}\n`)
    if (found.length === 0) return exitCodes.conformant
    process.stdout.write(
      `${found.length} generated files do not repeat the promises in force: run \`npx meshcert generate\` and commit.\n`,
    )
    return exitCodes.nonConformant
  }
  let kept = 0
  for (const { file, kind } of found) {
    const path = join(root, file)
    if (kind !== 'stale') {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, wanted.get(file) ?? '')
      process.stdout.write(`wrote    ${file}\n`)
    } else if (remove(root, file)) process.stdout.write(`removed  ${file}\n`)
    else {
      kept += 1
      process.stdout.write(
        `kept     ${file}: no alert links to it any more; move what was written there and delete it\n`,
      )
    }
  }
  process.stdout.write(
    `${wanted.size} files repeat the promises of sla.config.ts; ${found.length - kept} were changed\n`,
  )
  return kept === 0 ? exitCodes.conformant : exitCodes.nonConformant
}
