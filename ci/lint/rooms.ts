import { posix } from 'node:path'

/** `types` allows `import type` only: nothing of the other room runs here. */
type Edge = 'values' | 'types'

type RoomRule = {
  /** First match wins; paths are relative to the root, with forward slashes. */
  readonly files: RegExp
  readonly room: string
  /** Rooms or single files that may be imported, beyond its own. */
  readonly imports: readonly { readonly of: RegExp; readonly edge: Edge }[]
  /** Packages by name; built-in modules of Node are free here, and watched by the rule on time and chance. */
  readonly packages: RegExp
}

const values = (of: RegExp) => ({ of, edge: 'values' }) as const
const types = (of: RegExp) => ({ of, edge: 'types' }) as const

const sla = values(/^sla\.config\.ts$/)
const contract = /^suites\/contract\//
const evidence = /^suites\/evidence\//
/** What measured numbers say: pure, so that a body can foretell before it finds, and a reader can compute it again. */
const analysis = /^suites\/analysis\//
const requirements = /^suites\/requirements\//
const requirement = values(/^suites\/requirement\.ts$/)
const chaosFiles = /^chaos\/(faults\/|(fault-plan|schedule|lease|effect|ending)\.ts$)/
const chaosDrivers = /^chaos\/drivers\//
/** How a scenario is repeated, timed and steadied: for every area of chaos. */
const chaosCourse = /^chaos\/[^/]+\.ts$/
/** What a plane's suite knows of driving and reading it; a scenario that breaks the plane observes it the same way. */
const planeFiles = /^suites\/[^/]+\/(?!.*\.test\.ts$)/

const meshFiles = /^suites\/mesh\/(?!.*\.test\.ts$)/

/** What k6 loads once for all users of a generator, for each would have a copy of the shared config. */
const k6Settings = /^k6\/(shapes|run-settings)\.ts$/

/** The reference without its two worlds, which don't see each other: what both need has a room that is neither's. */
const worldless = values(/^fixtures\/(?!(simulation|live)\/)/)

const none = /^$/
const anything = /./
const zod = /^zod$/
/** What runs the suite or the reference's shells; oracles of suites are everything else that is installed. */
const notForSuites =
  /^(?!(commander|listr2|hono|pg|prom-client|modern-tar|yaml|dockerode|testcontainers|@kubernetes\/.*|k6)$)/
const notForFixtures = /^(?!(commander|listr2|vitest|fast-check|modern-tar|k6)$)/

/** Who may import whom: the table of docs/ARCHITECTURE.md as data. Anything that is not here is an error. */
export const rooms: readonly RoomRule[] = [
  { files: /^sla\.config\.ts$/, room: 'sla.config.ts', imports: [], packages: none },
  { files: /^[^/]+\.config\.ts$/, room: 'tool configs', imports: [values(anything)], packages: anything },
  {
    files: /^suites\/contract\/[^/]+-target\.ts$/,
    room: 'suites/contract',
    imports: [sla],
    packages: /^(zod|@grpc\/(grpc-js|proto-loader))$/,
  },
  {
    files: /^suites\/contract\/random\.ts$/,
    room: 'suites/contract',
    imports: [sla],
    packages: /^(zod|pure-rand)$/,
  },
  { files: contract, room: 'suites/contract', imports: [sla, types(requirements)], packages: zod },
  { files: requirements, room: 'suites/requirements', imports: [sla], packages: none },
  {
    files: evidence,
    room: 'suites/evidence',
    // Histories carry the contract's own items, so their schemas are built from the contract's.
    imports: [sla, values(contract), types(requirements)],
    packages: /^(zod|hdr-histogram-js|canonicalize)$/,
  },
  {
    files: analysis,
    room: 'suites/analysis',
    imports: [values(contract), values(evidence)],
    packages: zod,
  },
  {
    files: /^suites\/requirement\.ts$/,
    room: 'suites/requirement.ts',
    imports: [sla, values(contract), values(requirements), values(evidence)],
    packages: /^vitest$/,
  },
  {
    files: /^suites\/load\//,
    room: 'suites/load',
    // Load is put on the mesh and read as its own suite does.
    imports: [requirement, values(contract), sla, values(evidence), values(analysis), values(meshFiles)],
    packages: notForSuites,
  },
  {
    files: /^suites\/events\//,
    room: 'suites/events',
    // What is done in the mesh about an event is seen by a peer of that mesh; what is secret is looked for as there. Whoever
    // times events says how large a mesh runs beside them.
    imports: [
      requirement,
      values(contract),
      sla,
      values(evidence),
      values(analysis),
      values(/^suites\/mesh\/(peer|canaries|formation)\.ts$/),
    ],
    packages: notForSuites,
  },
  {
    files: /^suites\//,
    room: 'suites/<plane>',
    imports: [requirement, values(contract), sla, values(evidence), values(analysis)],
    packages: notForSuites,
  },
  // What somebody else wrote down as a plan is read as strictly as what comes over the wire.
  { files: chaosFiles, room: 'chaos/faults', imports: [values(contract), sla], packages: zod },
  {
    files: chaosDrivers,
    room: 'chaos/drivers',
    imports: [values(contract), values(/^chaos\/lease\.ts$/)],
    packages: /^(zod|dockerode|testcontainers|@kubernetes\/client-node)$/,
  },
  {
    files: chaosCourse,
    room: 'chaos',
    // What goes on beside a fault writes and reads as its plane's own suite does.
    imports: [
      values(chaosFiles),
      values(chaosDrivers),
      requirement,
      values(contract),
      sla,
      values(evidence),
      values(planeFiles),
    ],
    // Plans that were kept are read strictly, plans that are red are shrunk.
    packages: /^(zod|fast-check)$/,
  },
  {
    files: /^chaos\//,
    room: 'chaos/<area>',
    imports: [
      values(chaosFiles),
      values(chaosDrivers),
      values(chaosCourse),
      requirement,
      values(contract),
      sla,
      values(evidence),
      values(planeFiles),
    ],
    packages: /^(vitest|fast-check)$/,
  },
  {
    files: k6Settings,
    room: 'k6, settings of a run',
    imports: [sla, values(/^k6\/schedule\.ts$/)],
    packages: none,
  },
  // Its scripts have few users each.
  { files: /^k6\/disruptor\//, room: 'k6/disruptor', imports: [sla], packages: /^k6($|\/)/ },
  {
    files: /^k6\//,
    room: 'k6',
    imports: [types(/^sla\.config\.ts$/), types(k6Settings), types(contract), types(evidence)],
    packages: /^k6($|\/)/,
  },
  { files: /^fixtures\/network\//, room: 'fixtures/network', imports: [values(contract)], packages: none },
  {
    files: /^fixtures\/simulation\//,
    room: 'fixtures/simulation',
    imports: [values(contract), sla, types(requirements), worldless],
    packages: notForFixtures,
  },
  {
    files: /^fixtures\/live\//,
    room: 'fixtures/live',
    imports: [values(contract), sla, types(requirements), worldless],
    packages: notForFixtures,
  },
  {
    files: /^fixtures\//,
    room: 'fixtures',
    imports: [values(contract), sla, types(requirements), values(/^fixtures\//)],
    packages: notForFixtures,
  },
  {
    files: /^(alerting|dashboards)\//,
    room: 'alerting, dashboards',
    imports: [sla, values(/^suites\/contract\/metrics\.ts$/)],
    packages: /^(@grafana\/grafana-foundation-sdk|yaml)$/,
  },
  // A user's target file needs the contract and nothing else.
  { files: /^docs\//, room: 'docs', imports: [values(contract)], packages: none },
  { files: /^ci\//, room: 'ci', imports: [values(/^(?!fixtures\/)/)], packages: anything },
]

const selfTest = /\.self\.test\.ts$/
const selfTestPackages = /^(vitest|fast-check)$/

/** Rooms whose files form one family but may not see one another: each plane of the suites, each area of chaos. */
const families = ['suites/<plane>', 'chaos/<area>']

export type ImportStatement = {
  /** Importing file, relative to the root. */
  readonly from: string
  readonly specifier: string
  readonly typeOnly: boolean
}

const ruleOf = (path: string): RoomRule | undefined => rooms.find(({ files }) => files.test(path))

const folderOf = (path: string): string => path.split('/').slice(0, 2).join('/')

function isOwn(from: string, to: string, room: RoomRule): boolean {
  if (ruleOf(to)?.room !== room.room) return false
  return !families.includes(room.room) || folderOf(from) === folderOf(to)
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

function packageProblem({ from, specifier }: ImportStatement, room: RoomRule): string | null {
  const name = packageOf(specifier)
  if (room.packages.test(name) || (selfTest.test(from) && selfTestPackages.test(name))) return null
  return `${room.room} may not import package ${name}: see the import table in ci/lint/rooms.ts.`
}

/** Why this import breaks the table, or null. Unknown rooms are an error: name them in the table first. */
export function importProblem(statement: ImportStatement): string | null {
  const { from, specifier, typeOnly } = statement
  const room = ruleOf(from)
  if (room === undefined) return `${from} is in no room: put it into one, or add its room to ci/lint/rooms.ts.`
  if (specifier.startsWith('node:')) return null
  if (!specifier.startsWith('.')) return packageProblem(statement, room)
  const to = posix.normalize(posix.join(posix.dirname(from), specifier))
  if (isOwn(from, to, room)) return null
  if (selfTest.test(from) && to.startsWith('fixtures/')) return null
  const edge = room.imports.find(({ of }) => of.test(to))
  if (edge === undefined) {
    return `${room.room} may not import ${to}: the room reaches it by no edge of the table in ci/lint/rooms.ts.`
  }
  if (edge.edge === 'types' && !typeOnly) return `${room.room} may import types of ${to} only: write \`import type\`.`
  return null
}
