import { foldersOf, type Tree } from './tree.ts'

const junkRooms = new Set(['src', 'lib', 'utils', 'util', 'common', 'helpers', 'shared', 'misc'])
const topFolders = new Set(['suites', 'k6', 'chaos', 'fixtures', 'dashboards', 'alerting', 'ci', 'docs', '.ci'])
const rootFiles =
  /^(package(-lock)?\.json|README\.md|CHANGELOG\.md|LICENSE|\.[\w.]+|[a-z0-9-]+\.config\.ts|tsconfig\.json|knip\.json|exemptions\.json)$/
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/

/** Only the rooms of the design at the top, none of them a drawer for everything. */
export function roomProblems(tree: Tree): readonly string[] {
  const folders = foldersOf(tree)
  const top = folders.filter((folder) => !folder.includes('/') && !topFolders.has(folder))
  const junk = folders.filter((folder) => junkRooms.has(folder.split('/').at(-1) ?? ''))
  const files = tree.paths.filter((path) => !path.includes('/') && !rootFiles.test(path))
  return [
    ...top.map((folder) => `${folder}/ is no room of the top level: put its files into one of them.`),
    ...junk.map((folder) => `${folder}/ says nothing about what is in it: name the room by its noun.`),
    ...files.map((file) => `${file} lies in the root: move it into the room that uses it.`),
  ]
}

/** Folders and sources in kebab-case; other files are named as their tools and readers expect. */
export function caseProblems(tree: Tree): readonly string[] {
  const folders = foldersOf(tree).filter((folder) => !kebab.test((folder.split('/').at(-1) ?? '').replace(/^\./, '')))
  const sources = tree.paths.filter((path) => {
    const name = path.split('/').at(-1) ?? ''
    const stem = name.replace(/(\.self)?(\.test)?(\.config)?(\.d)?\.(ts|mjs|js)$/, '')
    return stem !== name && !kebab.test(stem)
  })
  return [...folders, ...sources].map((path) => `${path}: name it in kebab-case.`)
}
