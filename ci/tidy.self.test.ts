import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { allDefects, allVariants } from '../fixtures/replacements.ts'
import { catalogue } from '../suites/requirements/index.ts'
import { readClaims } from './run/claims.ts'
import { claimProblems } from './tidy/claims.ts'
import { commandProblems, namedProblems } from './tidy/commands.ts'
import {
  architectureProblems,
  linkProblems,
  machinePathProblems,
  runbookProblems,
  titleProblems,
} from './tidy/documents.ts'
import { lockfileProblems, manifestProblems } from './tidy/manifest.ts'
import { caseProblems, roomProblems } from './tidy/names.ts'
import { notYetKilled } from './tidy/not-yet.ts'
import { defectProblems, idProblems, killProblems, type Proof } from './tidy/proof.ts'
import { putOffProblems, referenceProblems } from './tidy/reference.ts'
import { readTree, treeOf, type Tree } from './tidy/tree.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

type TreeRule = {
  readonly rule: string
  readonly problems: (tree: Tree) => readonly string[]
  /** A tree that breaks the rule, and what the rule must say of it. */
  readonly bad: Readonly<Record<string, string>>
  readonly says: RegExp
}

const treeRules: readonly TreeRule[] = [
  { rule: 'no room at the top beside the design’s', problems: roomProblems, bad: { 'tools/a.ts': '' }, says: /tools/ },
  { rule: 'no junk rooms', problems: roomProblems, bad: { 'ci/utils/a.ts': '' }, says: /ci\/utils/ },
  { rule: 'no stray files in the root', problems: roomProblems, bad: { 'try.mjs': '' }, says: /try\.mjs/ },
  {
    rule: 'kebab-case',
    problems: caseProblems,
    bad: { 'ci/aB.ts': '', 'ci/c_d/e.ts': '' },
    says: /ci\/c_d:[\s\S]+aB\.ts/,
  },
  { rule: 'one title', problems: titleProblems, bad: { 'docs/a.md': '# a\n\n# b\n' }, says: /2 titles/ },
  { rule: 'a title', problems: titleProblems, bad: { 'docs/a.md': '```sh\n# a\n```\n' }, says: /0 titles/ },
  { rule: 'links that lead somewhere', problems: linkProblems, bad: { 'docs/a.md': '[x](../b.md)' }, says: /b\.md/ },
  {
    rule: 'commands that exist',
    problems: commandProblems,
    bad: {
      'ci/cli.ts': ".command('gate')\n'--only <ids>'",
      'docs/REQUIREMENTS.md': '| EVT-UP | up |\n',
      'package.json': '{"scripts": {"bench": "x"}}',
      'docs/a.md':
        '`npx meshcert gat` `npx meshcert gate --onyl EVT-UP`\n```sh\nnpx meshcert gate \\\n  --only EVT-U,EVT-DOWN\nnpm run bnch\nnode ci/a.ts\n```\n',
    },
    says: /no verb gat\.[\s\S]+no option --onyl[\s\S]+no row EVT-U\.[\s\S]+no row EVT-DOWN[\s\S]+bnch[\s\S]+ci\/a\.ts/,
  },
  {
    rule: 'settings and series that exist',
    problems: namedProblems,
    bad: { 'docs/a.md': '`queue.length` `events_dropped_total{reason}`' },
    says: /queue\.length[\s\S]+events_dropped_total/,
  },
  {
    rule: 'no path of one machine',
    problems: machinePathProblems,
    bad: { 'ci/a.ts': `'/${'home'}/me/x'` },
    says: /make it relative/,
  },
  {
    rule: 'every room on the page of architecture',
    problems: architectureProblems,
    bad: { 'docs/ARCHITECTURE.md': '# docs', 'ci/odd/a.ts': '' },
    says: /ci\/odd/,
  },
  {
    rule: 'no room on that page that is gone',
    problems: architectureProblems,
    bad: { 'docs/ARCHITECTURE.md': '# docs and `ci/gone/`' },
    says: /ci\/gone, which does not exist/,
  },
  {
    rule: 'a runbook for each alert',
    problems: runbookProblems,
    bad: { 'alerting/generated/a.yml': '- alert: A\n  annotations:\n    runbook_url: docs/runbooks/a.md\n' },
    says: /Alert A/,
  },
  {
    rule: 'an alert for each runbook',
    problems: runbookProblems,
    bad: { 'docs/runbooks/b.md': '# b' },
    says: /no alert/,
  },
  {
    rule: 'no defect inside the reference',
    problems: referenceProblems,
    bad: { 'fixtures/mesh/a.ts': 'if (defect) b()', 'fixtures/live/b.ts': "defect === 'c'" },
    says: /live\/b\.ts[\s\S]+mesh\/a\.ts/,
  },
  {
    rule: 'a claim in every test file',
    problems: claimProblems,
    bad: { 'suites/mesh/a.test.ts': "// requirement('A'" },
    says: /claims no row/,
  },
  {
    rule: 'claims that are written out',
    problems: claimProblems,
    bad: { 'chaos/node/a.test.ts': "requirement('A', b)\nfor (const id of ids) requirement(id, c)" },
    says: /not written out/,
  },
  {
    rule: 'one claim of each row',
    problems: claimProblems,
    bad: { 'suites/a.test.ts': "requirement('A', b)", 'suites/b.test.ts': "requirement('A', c)" },
    says: /suites\/b\.test\.ts claims A once more/,
  },
  {
    rule: 'no work put off',
    problems: putOffProblems,
    bad: { 'ci/a.ts': `// ${'TO'}${'DO'}: b` },
    says: /puts work off/,
  },
]

/** Some rules say several things of a tree: asked once of the real one, proved once for each. */
const onTheTree = treeRules.filter(
  ({ problems }, index) => treeRules.findIndex((other) => other.problems === problems) === index,
)

describe('the tree', () => {
  const tree = readTree(root)

  test('is the whole checkout', () => {
    expect(tree.paths.length).toBeGreaterThan(150)
  })

  test.each(onTheTree)('$rule', ({ problems }) => {
    expect(problems(tree)).toEqual([])
  })

  test.each(treeRules)('$rule: the rule can fail', ({ problems, bad, says }) => {
    expect(problems(treeOf(bad)).join('\n')).toMatch(says)
  })
})

describe('the packages', () => {
  const read = readTree(root).read

  test('exact versions, few scripts', () => {
    expect(manifestProblems(read('package.json'))).toEqual([])
    const many = Object.fromEntries(Array.from({ length: 13 }, (_, index) => [`s${index}`, '']))
    const bad = manifestProblems(JSON.stringify({ scripts: many, dependencies: { zod: '^4.0.0' } }))
    expect(bad).toHaveLength(2)
  })

  test('no registry in the lockfile', () => {
    expect(lockfileProblems(read('package-lock.json'))).toEqual([])
    expect(lockfileProblems('"resolved": "https://registry.example/zod.tgz"')).toHaveLength(1)
  })

  test('npm runs scripts with Node 24 or newer, whatever Node the machine has', () => {
    const version = execFileSync('npm', ['exec', '--offline', '--call', 'node --print process.versions.node'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    expect(Number(version.split('.')[0])).toBeGreaterThanOrEqual(24)
  })
})

describe('the proof that tests can fail', () => {
  const empty: Proof = { rows: [], claims: [], defects: [], variants: [], notYet: [] }
  const claim = { requirement: 'A', tiers: ['simulation'], file: 'suites/a.test.ts' }

  async function proof(): Promise<Proof> {
    const [claims, defects, variants] = await Promise.all([readClaims(root), allDefects(), allVariants()])
    return { rows: catalogue, claims, defects, variants, notYet: notYetKilled }
  }

  test('ids are unique and claims name rows of the catalogue', async () => {
    const real = await proof()
    expect(real.claims.length).toBeGreaterThan(10)
    expect(idProblems(real)).toEqual([])
    const row = { id: 'B', where: [] }
    expect(idProblems({ ...empty, rows: [row, row], claims: [claim] })).toHaveLength(2)
  })

  test('every defect kills a row that a test claims on its tier; ten defects and three variants', async () => {
    expect(defectProblems(await proof())).toEqual([])
    const blind = { name: 'd', kills: 'A', tier: 'processes' }
    expect(defectProblems({ ...empty, claims: [claim], defects: [blind] })).toHaveLength(3)
  })

  test('every claimed row is killed, or listed as not yet', async () => {
    expect(killProblems(await proof())).toEqual([])
    console.log(`claimed, not yet killed by a defect: ${notYetKilled.join(', ') || 'none'}`)
    expect(killProblems({ ...empty, claims: [claim], notYet: ['Z'] })).toHaveLength(2)
  })
})
