import { createHash } from 'node:crypto'
import { glob, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'

/** SHA-256 over names and contents of files, in order of their names. */
async function digestOfFiles(root: string, patterns: readonly string[]): Promise<string> {
  const files: string[] = []
  for await (const file of glob([...patterns], { cwd: root, withFileTypes: false })) files.push(file)
  const hash = createHash('sha256')
  for (const file of files.sort()) {
    const content = await readFile(resolve(root, file))
    hash.update(`${file}\n${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}

/** Digests of what a verdict rests on beside the target: they go into the plan, and from there into the signed statements. */
export async function digestInputs(root: string, targetFile: string): Promise<Record<string, string>> {
  return {
    sla: await digestOfFiles(root, ['sla.config.ts']),
    catalogue: await digestOfFiles(root, ['suites/requirements/*.ts']),
    // Data of the suite judges as well: the live runs that a model is held against, plans that once were red.
    suites: await digestOfFiles(root, ['suites/**/*.{ts,json}', 'chaos/**/*.{ts,json}', 'k6/**/*.ts']),
    runner: await digestOfFiles(root, ['ci/run/**/*.ts']),
    judge: await digestOfFiles(root, ['ci/verdict/**/*.ts', 'ci/statistics/**/*.ts']),
    vectors: await digestOfFiles(root, ['suites/crypto/vectors/*.gz']),
    lockfile: await digestOfFiles(root, ['package-lock.json']),
    targetFile: await digestOfFiles(root, [targetFile]),
  }
}

/** SHA-256 of everything that decides whether a defect of the reference is found: what it says was seen under another state says nothing of this one. */
export const suiteState = (root: string): Promise<string> =>
  digestOfFiles(root, [
    'sla.config.ts',
    '{suites,chaos,k6,fixtures}/**/*.{ts,json}',
    'ci/{run,verdict,statistics}/**/*.ts',
  ])
