import { sla, type Objective, type ObjectiveId } from '../../sla.config.ts'
import { catalogue, catalogueVersion } from '../../suites/requirements/index.ts'
import { tierLetters } from '../../suites/requirements/requirement-row.ts'
import { promiseText } from '../report/promise-text.ts'
import { generatedNote, page, table } from './markdown.ts'

type Row = (typeof catalogue)[number]

/** Sections by the first part of an id, in the catalogue's order. */
const sections = [
  ['The contract', /^CONTRACT$/],
  ['Mesh and load', /^(LOAD|SLA|MESH)-/],
  ['Identity', /^ID-/],
  ['Federated learning', /^FL-/],
  ['Chaos', /^CHAOS-/],
  ['Security audit', /^AUDIT-/],
  ['Monitoring', /^OBS-/],
  ['Threat events', /^EVT-/],
  ['Kubernetes', /^K8S-/],
  ['Documents', /^DOC-/],
  ['The suite itself', /^SELF-/],
] as const satisfies readonly (readonly [string, RegExp])[]

const objectives: Readonly<Record<ObjectiveId, Objective>> = sla.objectives

/** One limit speaks for itself beside its claim; several say what each is about. */
function limits({ objective, further }: Row): string {
  if (further === undefined) return promiseText(objectives[objective])
  return [objective, ...further].map((id) => `${objectives[id].title}: ${promiseText(objectives[id])}`).join('; ')
}

function cells(row: Row): readonly string[] {
  const { id, claim, level, where, profiles, excluded } = row
  const mark = level === 'MUST' ? '' : ` (${level})`
  const at = excluded === undefined ? where.map((tier) => tierLetters[tier]).join(' ') : 'excluded'
  return [
    `${id}${mark}`,
    excluded === undefined ? claim : `${claim}. ${excluded}`,
    limits(row),
    at,
    profiles.join(', '),
  ]
}

/** `docs/REQUIREMENTS.md`: the catalogue as a page; throws where a row would be missing from it. Coverage is not in it: that is a run's business (`meshcert list`). */
export function requirementsPage(): string {
  const lost = catalogue.find(({ id }) => !sections.some(([, pattern]) => pattern.test(id)))
  if (lost !== undefined) throw new Error(`${lost.id} is in no section of REQUIREMENTS.md: name its prefix in one.`)
  const parts = sections.flatMap(([title, pattern]) => {
    const rows = catalogue.filter(({ id }) => pattern.test(id))
    return [`## ${title}`, table(['id', 'claim', 'limit', 'where', 'profiles'], rows.map(cells))]
  })
  return page([
    generatedNote('suites/requirements and sla.config.ts'),
    `# Requirements, version ${catalogueVersion}`,
    `${catalogue.length} rows. Every row is MUST unless it is marked SHOULD. Where: S simulation (virtual time), ` +
      'P live processes on one machine, C containers, K a Kubernetes cluster. ' +
      '`npx meshcert list` shows which rows a test covers, `npx meshcert explain ID` tells all about one.',
    ...parts,
  ])
}
