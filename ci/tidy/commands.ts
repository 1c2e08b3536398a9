import type { Tree } from './tree.ts'

/** Documents of today: decisions and results tell of commits that are past. */
const guides = ({ paths }: Tree): readonly string[] =>
  paths.filter((path) => /^(README|docs\/.+)\.md$/.test(path) && !/^docs\/(decisions|results)\//.test(path))

const capturesOf = (text: string, pattern: RegExp): ReadonlySet<string> =>
  new Set([...text.matchAll(pattern)].map(([, found = '']) => found))

const textOf = (tree: Tree, path: string): string => (tree.paths.includes(path) ? tree.read(path) : '')

/** What the command line has, as its own file says. */
function commandLine(tree: Tree) {
  const cli = textOf(tree, 'ci/cli.ts')
  const rows = [...capturesOf(textOf(tree, 'docs/REQUIREMENTS.md'), /^\| ([A-Z][\w-]+) \|/gm)]
  return {
    verbs: capturesOf(cli, /\.command\('([a-z]+)/g),
    options: new Set([...capturesOf(cli, /'(?:-\w, )?(--[a-z-]+)/g), '--help']),
    hasRow: (id: string) => {
      const pattern = new RegExp(`^${id.replaceAll('*', '.*')}$`)
      return rows.some((row) => pattern.test(row))
    },
  }
}

/** Words in capitals alone stand for what the reader puts there. */
const isPlaceholder = (id: string): boolean => /^(ID|ROW|GLOB)$/.test(id)

function meshcertProblems(said: string, line: ReturnType<typeof commandLine>): readonly string[] {
  const [verb = '', ...words] = said.trim().split(/\s+/)
  if (/^[A-Z]+$/.test(verb)) return []
  const rows = words.flatMap((word, at) => (words[at - 1] === '--only' ? word.replaceAll(/['"]/g, '').split(',') : []))
  return [
    ...(line.verbs.has(verb) ? [] : [`no verb ${verb}`]),
    ...words
      .filter((word) => word.startsWith('--') && !line.options.has(word.split('=')[0] ?? ''))
      .map((word) => `no option ${word}`),
    ...rows.filter((id) => !isPlaceholder(id) && !line.hasRow(id)).map((id) => `no row ${id}`),
  ]
}

/** Commands that documents show are commands of this checkout: verbs, options, rows, scripts and files. */
export function commandProblems(tree: Tree): readonly string[] {
  const line = commandLine(tree)
  const scripts = capturesOf(textOf(tree, 'package.json'), /"([\w:-]+)": "/g)
  return guides(tree).flatMap((path) => {
    const text = tree.read(path).replaceAll(/\\\n\s*/g, ' ')
    const own = [...capturesOf(text, /npx meshcert +([^`\n#|;&)]+)/g)].flatMap((said) =>
      meshcertProblems(said, line).map((what) => `\`npx meshcert ${said.trim()}\`: ${what}`),
    )
    const run = [...capturesOf(text, /npm run ([\w:-]+)/g)]
      .filter((name) => !scripts.has(name))
      .map((name) => `\`npm run ${name}\`: no such script`)
    const files = [...capturesOf(text, /\bnode ([\w-]+\/[\w./-]+\.m?[jt]s)/g)]
      .filter((file) => !tree.paths.includes(file))
      .map((file) => `\`node ${file}\`: no such file`)
    return [...own, ...run, ...files].map((problem) => `${path} shows ${problem}.`)
  })
}

const settingAreas =
  'queue|dedup|workflows|deliveries|retries|risk|notifications|remediation|model|database|cache|requests|logging'
const metricAreas = 'events|notifications?|remediations?|model'

/** Settings and series that documents name are there. */
export function namedProblems(tree: Tree): readonly string[] {
  const settings = capturesOf(textOf(tree, 'suites/contract/configuration.ts'), /'([a-z]+\.\w+)'/g)
  const series = capturesOf(textOf(tree, 'suites/contract/metrics.ts'), /'([a-z_]+)'/g)
  return guides(tree).flatMap((path) => {
    const text = tree.read(path)
    const named = (pattern: string) => [...capturesOf(text, new RegExp(pattern, 'g'))]
    return [
      ...named(`\`((?:${settingAreas})\\.[a-zA-Z]+)\``)
        .filter((name) => !settings.has(name))
        .map((name) => `${path} names the setting ${name}, which does not exist.`),
      ...named(`\`((?:${metricAreas})_[a-z_]+)[\`{]`)
        .filter((name) => !series.has(name))
        .map((name) => `${path} names the series ${name}, which nobody exports.`),
    ]
  })
}
