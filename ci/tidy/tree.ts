import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Files of the checkout by path relative to its root, with forward slashes. */
export type Tree = {
  readonly paths: readonly string[]
  readonly read: (path: string) => string
}

/** What is made, downloaded or kept by other tools. */
const foreign = new Set(['.git', 'node_modules', '.evidence', 'coverage'])

function walk(root: string, folder: string, found: string[]): void {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (foreign.has(entry.name)) continue
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) walk(root, path, found)
    else found.push(path)
  }
}

export function readTree(root: string): Tree {
  const paths: string[] = []
  walk(root, '', paths)
  return { paths: paths.sort(), read: (path) => readFileSync(join(root, path), 'utf8') }
}

/** A tree of invented files, to show that a rule can fail. */
export const treeOf = (files: Readonly<Record<string, string>>): Tree => ({
  paths: Object.keys(files).sort(),
  read: (path) => files[path] ?? '',
})

/** Every folder that holds a file, and the folders above it. */
export function foldersOf({ paths }: Tree): readonly string[] {
  const folders = new Set<string>()
  for (const path of paths) {
    const parts = path.split('/').slice(0, -1)
    parts.forEach((_, index) => folders.add(parts.slice(0, index + 1).join('/')))
  }
  return [...folders].sort()
}
