/**
 * A fault that does nothing must leave its scenario INCONCLUSIVE: every chaos row, and the one whose runners are killed, runs as
 * in a simulated run, through the runner and the judge, against a target that takes each fault, lists it, undoes it and never
 * lets it strike; and that nothing reaches that a peer does wrong.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { mix } from '../../chaos/default-mix.ts'
import type { FaultPlan } from '../../chaos/fault-plan.ts'
import { runSchedule } from '../../chaos/schedule-run.ts'
import { referenceParts } from '../../fixtures/parts.ts'
import { simulatedTarget } from '../../fixtures/simulation/target.ts'
import type { Capability } from '../../suites/contract/route.ts'
import { randomFrom } from '../../suites/contract/random.ts'
import type { Target } from '../../suites/contract/target.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import { faults } from '../generate/chaos-page.ts'
import { testChaosRows } from './sample-chaos-rows.ts'
import { withoutAttacks } from './sample-lost-attacks.ts'

const runDirectory = mkdtempSync(join(tmpdir(), 'meshcert-inert-'))
process.env['MESHCERT_RUN'] = runDirectory
afterAll(() => rmSync(runDirectory, { recursive: true, force: true }))

/** Small enough to cost nothing, large enough for zones, tenths and two sides. */
const nodes = 12

const planes: readonly Capability[] = ['mesh', 'control', 'healing', 'identity', 'crypto', 'learning']

const soundTarget = (seed: string): Promise<Target> => simulatedTarget({ seed, parts: referenceParts, planes, nodes })

async function inertTarget(seed: string): Promise<Target> {
  const target = await soundTarget(seed)
  const reached = withoutAttacks(target)
  const { mesh, control } = reached
  if (mesh === undefined || control === undefined) throw new Error('The simulated target has lost a plane.')
  return {
    ...reached,
    mesh: { ...mesh, formMesh: (input) => mesh.formMesh({ ...input, nodes }) },
    control: {
      ...control,
      // A path without anything on it: leased and listed like any other.
      injectFault: ({ leaseMs }) =>
        control.injectFault({ fault: 'network', scope: { paths: [{ path: {} }] }, leaseMs }),
    },
  }
}

await testChaosRows({
  name: 'out of reach of every fault and attack',
  tiers: ['simulation'],
  // A row of a plane that virtual time does not have is not applicable there.
  concerns: ({ requirement }) =>
    (requirement.startsWith('CHAOS-') || requirement === 'SELF-UNDO') &&
    catalogue.some((row) => row.id === requirement && row.capabilities.every((plane) => planes.includes(plane))),
  runDirectory,
  connect: ({ seed }) => inertTarget(seed),
  // CHAOS-BYZ-8 counts what was hostile, and says first that it was too little.
  says: ({ requirement }) =>
    requirement === 'CHAOS-BYZ-8'
      ? /^INCONCLUSIVE: .*positive control/
      : /^INCONCLUSIVE: .*(fault effect|the effect of fault .* was not proven)/,
})

/** Faults of random schedules alone: no row brings them in. */
const withoutRow: readonly string[] = ['bandwidth']

test.each(withoutRow)('%s is proven in a schedule if it strikes, and only then', async (fault) => {
  const entry = mix.find(({ kind }) => kind.name === fault)
  if (entry === undefined) throw new Error(`The mix has no ${fault}.`)
  const step = { atMs: 1_000, fault, scope: entry.draw([], randomFrom(fault)), forMs: 2_000 }
  const provenOn = async (target: Target): Promise<readonly (boolean | null)[]> => {
    const plan: FaultPlan = { schema: 'meshcert/fault-plan/v1', seed: fault, nodes, steps: [step] }
    const { struck } = await runSchedule({ target, plan, proving: true })
    await target.close()
    return struck.map(({ proven }) => proven)
  }
  expect(await provenOn(await inertTarget(fault))).toEqual([false])
  expect(await provenOn(await soundTarget(fault))).toEqual([true])
})

test('no fault is left out, and none is taken for proven', () => {
  const steps = readFileSync(join(runDirectory, 'faults.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line): { step: string; fault: string } => JSON.parse(line))
  const unproven = new Set(steps.filter(({ step }) => step === 'no effect').map(({ fault }) => fault))
  expect([...unproven].toSorted()).toEqual(
    faults
      .map(({ name }) => name)
      .filter((name) => !withoutRow.includes(name))
      .toSorted(),
  )
  expect(steps.filter(({ step }) => step === 'effect')).toEqual([])
})
