import { posix } from 'node:path'
import { foldersOf, type Tree } from './tree.ts'

const markdown = ({ paths }: Tree): readonly string[] => paths.filter((path) => path.endsWith('.md'))

/** The text without fenced blocks, whose `#` are comments and whose brackets are code. */
const prose = (text: string): string => text.replaceAll(/^( *)(```|~~~)[\s\S]*?^ *\2 *$/gm, '')

/** One title per document, so that a list of documents can be made from their titles. */
export function titleProblems(tree: Tree): readonly string[] {
  return markdown(tree).flatMap((path) => {
    const titles = prose(tree.read(path)).match(/^# .+$/gm)?.length ?? 0
    return titles === 1 ? [] : [`${path} has ${titles} titles of the first rank: give it exactly one.`]
  })
}

/** Relative links lead to files and folders of the checkout. */
export function linkProblems(tree: Tree): readonly string[] {
  const known = new Set([...tree.paths, ...foldersOf(tree)])
  return markdown(tree).flatMap((path) =>
    [...prose(tree.read(path)).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = '']) => link.replace(/#.*$/, ''))
      .filter((link) => link !== '' && !/^[a-z]+:/.test(link))
      .filter((link) => !known.has(posix.join(posix.dirname(path), link).replace(/\/$/, '')))
      .map((link) => `${path} links to ${link}, which does not exist.`),
  )
}

const machineRoots = ['work', 'home', 'root', 'Users', 'private/var'].join('|')
const machinePath = new RegExp(String.raw`(?<![\w.~-])/(${machineRoots})/[\w.-]+|[A-Z]:\\\\?[A-Z]\w+`, 'g')
const text = /\.(ts|mjs|js|json|md|yml|yaml|go|proto|py|txt|sh)$/

/** Paths of one machine mean nothing on another. */
export function machinePathProblems(tree: Tree): readonly string[] {
  return tree.paths
    .filter((path) => text.test(path) && path !== 'package-lock.json')
    .flatMap((path) =>
      (tree.read(path).match(machinePath) ?? []).map((found) => `${path} names ${found}: make it relative.`),
    )
}

const architecture = 'docs/ARCHITECTURE.md'
/** Rooms that the page names together: one folder per plane, one per area of chaos. */
const together = [
  /^suites\/(mesh|identity|crypto|healing|learning|events|monitoring|cluster)$/,
  /^chaos\/(?!faults$|drivers$)\w+$/,
]

/** The page of architecture names every room down to the second level, and no room that is not there. */
export function architectureProblems(tree: Tree): readonly string[] {
  if (!tree.paths.includes(architecture)) return [`${architecture} is missing: it walks one run through every room.`]
  const page = tree.read(architecture)
  const rooms = foldersOf(tree).filter((folder) => /^[a-z0-9]+(\/[a-z0-9-]+)?$/.test(folder))
  const named = (room: string) => page.includes(room) || page.includes(`\`${room.split('/').at(-1)}\``)
  const unnamed = rooms.filter((room) => !named(room) && !together.some((pattern) => pattern.test(room)))
  const known = new Set([...tree.paths, ...foldersOf(tree)])
  const pathsOnPage =
    page.match(/(?<![\w./-])(suites|chaos|k6|fixtures|alerting|dashboards|ci|docs)\/[\w./-]*\w/g) ?? []
  const gone = [...new Set(pathsOnPage)].filter((path) => !known.has(path))
  return [
    ...unnamed.map((room) => `${architecture} does not name the room ${room}/: say what it is for.`),
    ...gone.map((path) => `${architecture} names ${path}, which does not exist.`),
  ]
}

/** One runbook per alert and one alert per runbook. */
export function runbookProblems(tree: Tree): readonly string[] {
  const alerts = new Map<string, string>()
  for (const path of tree.paths.filter((candidate) => /^alerting\/generated\/.+\.ya?ml$/.test(candidate))) {
    for (const [, block = ''] of tree.read(path).matchAll(/- alert: ([\s\S]*?)(?=\n *- (?:alert|record|name): |$)/g)) {
      const name = block.split('\n')[0] ?? ''
      alerts.set(name, /runbook_url: "?'?([\w./-]+)/.exec(block)?.[1] ?? '')
    }
  }
  const runbooks = tree.paths.filter((path) => /^docs\/runbooks\/(?!README).+\.md$/.test(path))
  const used = new Set(alerts.values())
  return [
    ...[...alerts]
      .filter(([, runbook]) => !tree.paths.includes(runbook))
      .map(([alert, runbook]) => `Alert ${alert} names the runbook "${runbook}", which does not exist.`),
    ...runbooks
      .filter((path) => !used.has(path))
      .map((path) => `${path} belongs to no alert: delete it or name its alert.`),
  ]
}
