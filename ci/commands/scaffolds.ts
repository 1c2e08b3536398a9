import { sla, type Objective, type ObjectiveId } from '../../sla.config.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import type { RequirementRow } from '../../suites/requirements/requirement-row.ts'
import { closest } from '../run/plan-rows.ts'
import { exitCodes, Stop } from '../run/stop.ts'

/** What a new part begins with: one file, or lines for one that is there (null), and the steps after it. */
export type Scaffold = { readonly file: string | null; readonly text: string; readonly next: readonly string[] }

export const kinds = ['requirement', 'fault', 'alert', 'dashboard', 'defect'] as const
type Kind = (typeof kinds)[number]
export const isKind = (word: string): word is Kind => kinds.some((kind) => kind === word)

const camelCase = (name: string): string => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ')

const objectives: Readonly<Record<ObjectiveId, Objective>> = sla.objectives

/** How an objective of each kind is observed: the line that a body ends with. */
function observed(id: ObjectiveId): string {
  const objective = objectives[id]
  switch (objective.kind) {
    case 'latency':
      return `observe.duration('${id}', endedAtMs - scheduledAtMs)`
    case 'availability':
      return `observe.proportion('${id}', good, total)`
    case 'throughput':
      return `observe.count('${id}', '1', total, seconds, perSecond)`
    case 'recovery':
      return `observe.measure('${id}', '${objective.unit}', recoveredInS, resolutionS)`
    case 'invariant':
      return "observe.check('what must be so', holds, 'what was seen instead')"
    case 'margin':
      return `observe.measure('${id}:under which circumstances', 'ms', ofRound) and observe.measure('yardstick:…', 'ms', …)`
    case 'floor':
    case 'ceiling':
      return `observe.measure('${id}', '${objective.unit}', value)`
  }
}

const chaosAreas: Readonly<Record<string, string>> = {
  'CHAOS-NET': 'network',
  'CHAOS-NODE': 'node',
  'CHAOS-CRYPTO': 'crypto',
  'CHAOS-STORE': 'storage',
  BYZ: 'byzantine',
}

/** Where a row's test belongs, and how it names `requirement.ts` from there. */
function placeOf({ id, capabilities }: RequirementRow, plane: string): readonly [string, string] {
  const area = Object.entries(chaosAreas).find(([prefix]) => id.startsWith(prefix))?.[1]
  return area === undefined
    ? [`suites/${capabilities.find((one) => one === plane) ?? capabilities[0] ?? plane}`, '../requirement.ts']
    : [`chaos/${area}`, '../requirement.ts']
}

function requirementTest(id: string): Scaffold {
  const row = catalogue.find((one) => one.id === id)
  if (row === undefined) {
    const near = closest(
      id,
      catalogue.map((one) => one.id),
    )
    throw new Stop(
      exitCodes.usage,
      `No row is called ${id}; the nearest is ${near}. A new row is one line in suites/requirements/, of its plane's file: row('${id}', 'what must hold', 'objective of sla.config.ts', [S, P]).`,
    )
  }
  const [room, requirement] = placeOf(row, objectives[row.objective].plane)
  const cited = [row.objective, ...(row.further ?? [])]
  const hints = [
    ...cited.map((objective) => `//   ${observed(objective)}`),
    ...(row.checkers ?? []).map((checker) => `//   observe.history('${checker}', item)`),
  ]
  const text = `import { requirement } from '${requirement}'

// ${row.claim}
// Drive the target through its ports, and observe; the judge compares:
${hints.join('\n')}
requirement('${id}', [${quoted(row.capabilities)}], async () => {
  throw new Error('${id} observes nothing yet: drive the target here, and observe what the row claims.')
})
`
  return {
    file: `${room}/${id.toLowerCase()}.test.ts`,
    text,
    next: [
      'name the file after the behaviour that it shows',
      `see it red: npx meshcert gate --only ${id}`,
      'a defect that it kills: npx meshcert new defect NAME',
    ],
  }
}

function defect(name: string): Scaffold {
  const text = `import type { Defect } from '../replacement.ts'

export const defect: Defect = {
  name: '${name}',
  story: 'What somebody got wrong, and why it looks right.',
  kills: 'CONTRACT',
  tier: 'processes',
  reason: /the words of the check that fails for this, and for nothing else/,
  replace: (parts) => parts,
}
`
  return {
    file: `fixtures/defects/${name}.ts`,
    text,
    next: [
      'name the row that it kills, on which tier and for which reason, and replace the part that is wrong',
      `see it killed: npx meshcert defects --only ${name}`,
    ],
  }
}

function fault(name: string): Scaffold {
  const text = `/**
 * ${name}: what happens to whom.
 * Undo: who takes it back when the lease ends, with or without us.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import { severed } from '../../suites/contract/path.ts'
import type { Random } from '../../suites/contract/random.ts'
import { onPaths, silence, type FaultKind } from '../effect.ts'
import { shuffled } from '../schedule.ts'

export const ${camelCase(name)} = {
  name: '${name}',
  primitive: 'network',
  blastRadius: 'who is touched, and that nobody else is',
  effect: 'what is observed only while the fault is in force',
  /** Draws \`count\` victims. */
  draw:
    (count: number) =>
    (nodes: readonly string[], random: Random): FaultScope => ({
      paths: [{ from: shuffled(nodes, random).slice(0, count), path: severed }],
    }),
  /** Pairs that the scope touches: none is no effect, and no effect is INCONCLUSIVE. */
  hits: onPaths,
  probe: silence,
  /** Nodes that are not alive while the fault lasts. */
  downs: () => [],
} as const satisfies FaultKind & Record<string, unknown>
`
  return {
    file: `chaos/faults/${name}.ts`,
    text,
    next: [
      'say what it does to the network, or name another primitive that a driver has; docs/CHAOS.md tells more',
      'claim its row: npx meshcert new requirement ID',
    ],
  }
}

function dashboard(name: string): Scaffold {
  const text = `import { DashboardBuilder, DatasourceVariableBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { finish, type FinishedDashboard } from './finish.ts'
import { panel, type PanelSpec } from './panels.ts'

const panels: readonly PanelSpec[] = [
  {
    title: 'Nodes',
    description: 'Mesh nodes by state, over all hosts.',
    unit: 'short',
    lines: [{ expr: 'sum by (state) (mesh_nodes)', legend: '{{state}}' }],
  },
]

/** What its reader decides by it. */
export function ${camelCase(name)}(): FinishedDashboard {
  const builder = new DashboardBuilder('${name}')
    .uid('meshcert-${name}')
    .tags(['meshcert'])
    .timezone('utc')
    .refresh('30s')
    .time({ from: 'now-1h', to: 'now' })
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
  for (const spec of panels) builder.withPanel(panel(spec))
  return finish(builder.build())
}
`
  return {
    file: `dashboards/${name}.ts`,
    text,
    next: [
      `name dashboards/generated/${name}.json in ci/generate/files.ts`,
      'npm run generate, and commit what it wrote',
    ],
  }
}

/** Alerts are made from promises: a new one is a new objective. */
const alert = (name: string): Scaffold => ({
  file: null,
  text: `  '${name}': latency('mesh', 'what is timed', 'a series of suites/contract/metrics.ts', 0.99, 100, 'warning'),
`,
  next: [
    "put that line among its plane's objectives in sla.config.ts: availability, throughput, floor and ceiling stand beside it",
    'npm run generate writes its rules, cases and runbook; complete the runbook, and commit what it wrote',
  ],
})

export const scaffolds: Readonly<Record<Kind, (name: string) => Scaffold>> = {
  requirement: requirementTest,
  fault,
  alert,
  dashboard,
  defect,
}
