import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { caseFiles } from '../../alerting/case-files.ts'
import { ruleFiles } from '../../alerting/rule-files.ts'
import { meshOverview } from '../../dashboards/mesh-overview.ts'
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

/** Everything that repeats a promise: path relative to the root → content. Deterministic. */
export function generatedFiles(root: string): ReadonlyMap<string, string> {
  const under = (folder: string, files: ReadonlyMap<string, string>) =>
    [...files].map(([name, text]) => [`${folder}/${name}`, text] as const)
  const existing = (file: string) => {
    const path = join(root, 'docs/runbooks', file)
    return existsSync(path) ? readFileSync(path, 'utf8') : null
  }
  const results = join(root, 'docs/results')
  const loads = (existsSync(results) ? readdirSync(results) : []).filter((file) => /^load.*\.json$/.test(file))
  const kills = join(root, 'docs/results/kill-matrix.json')
  const chaos = join(root, 'docs/CHAOS.md')
  const loadTesting = join(root, 'docs/LOAD-TESTING.md')
  return new Map([
    ...loads.flatMap((file) =>
      under('docs/results', loadResultFiles(file.replace(/\.json$/, ''), readFileSync(join(results, file), 'utf8'))),
    ),
    ...(existsSync(kills)
      ? [['docs/results/kill-matrix.md', killMatrixPage(readFileSync(kills, 'utf8'))] as const]
      : []),
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
