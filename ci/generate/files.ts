import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { caseFiles } from '../../alerting/case-files.ts'
import { ruleFiles } from '../../alerting/rule-files.ts'
import { meshOverview } from '../../dashboards/mesh-overview.ts'
import { chaosResultFiles } from '../report/chaos-results.ts'
import { killMatrixPage } from '../report/kill-matrix.ts'
import { loadResultFiles } from '../report/load-results.ts'
import { blankChaosPage, chaosPage } from './chaos-page.ts'
import { configurationPage } from './configuration-page.ts'
import { loadTestingPage } from './load-testing-page.ts'
import { openApi } from './openapi.ts'
import { requirementsPage } from './requirements-page.ts'
import { runbooks } from './runbooks.ts'
import { slaPage } from './sla-page.ts'

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** Folders in which every file is generated: whatever else lies there is stale. */
export const generatedFolders = [
  'alerting/generated',
  'alerting/cases',
  'dashboards/generated',
  'docs/runbooks',
] as const

/** Pages and drawings of results that were committed, by the names of what a run or `defects` left. */
const resultPages: readonly {
  readonly of: RegExp
  readonly make: (stem: string, text: string) => ReadonlyMap<string, string>
}[] = [
  { of: /^load.*\.json$/, make: loadResultFiles },
  { of: /^chaos.*\.json$/, make: chaosResultFiles },
  { of: /^kill-matrix\.json$/, make: (stem, text) => new Map([[`${stem}.md`, killMatrixPage(text)]]) },
]

function resultFiles(folder: string): ReadonlyMap<string, string> {
  const files = existsSync(folder) ? readdirSync(folder) : []
  return new Map(
    resultPages.flatMap(({ of, make }) =>
      files
        .filter((file) => of.test(file))
        .flatMap((file) => [...make(file.replace(/\.json$/, ''), readFileSync(join(folder, file), 'utf8'))]),
    ),
  )
}

/** Everything that repeats a promise: path relative to the root → content. Deterministic. */
export function generatedFiles(root: string): ReadonlyMap<string, string> {
  const under = (folder: string, files: ReadonlyMap<string, string>) =>
    [...files].map(([name, text]) => [`${folder}/${name}`, text] as const)
  const existing = (file: string) => {
    const path = join(root, 'docs/runbooks', file)
    return existsSync(path) ? readFileSync(path, 'utf8') : null
  }
  const chaos = join(root, 'docs/CHAOS.md')
  const loadTesting = join(root, 'docs/LOAD-TESTING.md')
  return new Map([
    ...under('docs/results', resultFiles(join(root, 'docs/results'))),
    ...under('alerting/generated', ruleFiles()),
    ...under('alerting/cases', caseFiles()),
    ['dashboards/generated/mesh-overview.json', json(meshOverview())],
    ['docs/REQUIREMENTS.md', requirementsPage()],
    ['docs/SLA.md', slaPage()],
    ['docs/CONFIGURATION.md', configurationPage()],
    ['docs/CHAOS.md', chaosPage(existsSync(chaos) ? readFileSync(chaos, 'utf8') : blankChaosPage)],
    ...(existsSync(loadTesting)
      ? [['docs/LOAD-TESTING.md', loadTestingPage(readFileSync(loadTesting, 'utf8'))] as const]
      : []),
    ['docs/openapi.json', json(openApi())],
    ...under('docs/runbooks', runbooks(existing)),
  ])
}
