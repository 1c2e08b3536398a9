/**
 * A fault that does nothing must leave its scenario INCONCLUSIVE: every chaos row, and the one whose runners are killed, runs
 * as in a simulated run, through the runner and the judge, against a target that takes each fault, lists it, undoes it and never lets it strike.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { referenceParts } from '../../fixtures/parts.ts'
import { simulatedTarget } from '../../fixtures/simulation/target.ts'
import type { Target } from '../../suites/contract/target.ts'
import { faults } from '../generate/chaos-page.ts'
import { testChaosRows } from './sample-chaos-rows.ts'

const runDirectory = mkdtempSync(join(tmpdir(), 'meshcert-inert-'))
process.env['MESHCERT_RUN'] = runDirectory
afterAll(() => rmSync(runDirectory, { recursive: true, force: true }))

/** Small enough to cost nothing, large enough for zones, tenths and two sides. */
const nodes = 12

async function inertTarget(seed: string): Promise<Target> {
  const target = await simulatedTarget({
    seed,
    parts: referenceParts,
    planes: ['mesh', 'control', 'healing', 'identity'],
    nodes,
  })
  const { mesh, control } = target
  if (mesh === undefined || control === undefined) throw new Error('The simulated target has lost a plane.')
  return {
    ...target,
    mesh: { ...mesh, formMesh: (input) => mesh.formMesh({ ...input, nodes }) },
    control: {
      ...control,
      // A path without anything on it: leased and listed like any other.
      injectFault: ({ leaseMs }) =>
        control.injectFault({ fault: 'network', scope: { paths: [{ path: {} }] }, leaseMs }),
    },
  }
}

/** Peers of the suite itself are the fault of all but the last; that of the last is in CHAOS-BYZ-2 and -3, and what it counts takes minutes. */
const leftOut: readonly string[] = [
  'CHAOS-BYZ-1',
  'CHAOS-BYZ-4',
  'CHAOS-BYZ-5',
  'CHAOS-BYZ-6',
  'CHAOS-BYZ-7',
  'CHAOS-CRYPTO-2',
  'CHAOS-BYZ-8',
]

await testChaosRows({
  name: 'out of reach of every fault',
  tiers: ['simulation'],
  concerns: ({ requirement }) =>
    (requirement.startsWith('CHAOS-') || requirement === 'SELF-UNDO') && !leftOut.includes(requirement),
  runDirectory,
  connect: ({ seed }) => inertTarget(seed),
  says: () => /^INCONCLUSIVE: .*fault effect/,
})

test('no fault is left out, and none is taken for proven', () => {
  const steps = readFileSync(join(runDirectory, 'faults.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line): { step: string; fault: string } => JSON.parse(line))
  const unproven = new Set(steps.filter(({ step }) => step === 'no effect').map(({ fault }) => fault))
  expect([...unproven].toSorted()).toEqual(faults.map(({ name }) => name).toSorted())
  expect(steps.filter(({ step }) => step === 'effect')).toEqual([])
})
