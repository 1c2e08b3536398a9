import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sla, type LoadShape, type Tier } from '../../sla.config.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import { demandShapes } from './load-shape.ts'

/** Who shows that a row holds: a test file, or a k6 scenario driven by a load shape. */
export type Claim = {
  readonly requirement: string
  readonly tiers: readonly Tier[]
  /** Relative to the root. */
  readonly file: string
  /** Name of the load shape, for a k6 scenario. */
  readonly shape: string | null
}

const claimed = /\brequirement\(\s*'([A-Za-z0-9-]+)'/g

/** Tiers that a run has a lane for: what no lane can run, no test has shown. */
const driven: readonly Tier[] = ['simulation', 'processes', 'containers']

/** Rows whose tests know their way in containers; those of the others have not been run there. */
const inContainers = (id: string): boolean => id === 'CONTRACT' || /^CHAOS-(NET-\d+|NODE-[1-7])$/.test(id)

const isDriven = (id: string, tier: Tier): boolean =>
  driven.includes(tier) && (tier !== 'containers' || inContainers(id))

/** Claims in the source of one test file. */
export function claimsIn(file: string, source: string): readonly Claim[] {
  const rows = new Map<string, (typeof catalogue)[number]>(catalogue.map((row) => [row.id, row]))
  const tiersOf = (id: string) => (rows.get(id)?.where ?? []).filter((tier) => isDriven(id, tier))
  return [...source.matchAll(claimed)].map(([, id = '']) => ({
    requirement: id,
    tiers: tiersOf(id),
    file,
    shape: null,
  }))
}

/**
 * Every claim of the tree, read from the sources: a test claims by `requirement('ID', …)`, a k6
 * scenario by the load shape of its name. Tests register only what a run's plan holds, so the
 * sources are the one place that tells what could run.
 */
export async function readClaims(root: string): Promise<readonly Claim[]> {
  const files: string[] = []
  for await (const file of glob('{suites,chaos}/**/*.test.ts', { cwd: root })) {
    if (!file.endsWith('.self.test.ts')) files.push(file)
  }
  const fromTests = await Promise.all(
    files.sort().map(async (file) => claimsIn(file, await readFile(join(root, file), 'utf8'))),
  )
  const scenarios = new Set<string>()
  for await (const file of glob('k6/scenarios/*.ts', { cwd: root })) scenarios.add(file)
  for (const file of scenarios) {
    if (!Object.keys(sla.loadShapes).some((shape) => file === `k6/scenarios/${shape}.ts`)) {
      throw new Error(
        `${file} has no load shape of its name in sla.config.ts, so nothing would run it: add one, or rename it.`,
      )
    }
  }
  demandShapes()
  const shapes: Readonly<Record<string, LoadShape>> = sla.loadShapes
  const fromShapes = Object.entries(shapes).flatMap(([shape, { claims, alsoFor = [] }]): readonly Claim[] => {
    const file = `k6/scenarios/${shape}.ts`
    if (!scenarios.has(file)) return []
    return [claims, ...alsoFor].map((requirement) => ({ requirement, tiers: ['processes'], file, shape }))
  })
  return [...fromTests.flat(), ...fromShapes]
}
