/** A row takes dozens of simulated worlds: what it has closed must not be kept until it ends. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, expect, test } from 'vitest'
import type { Target } from '../../suites/contract/target.ts'
import type { Body } from '../../suites/requirement.ts'
import { samplePlan } from '../verdict/sample-plan.ts'
import { createRuntime } from './requirement-runner.ts'
import { loadEvidence } from '../../suites/evidence/stored.ts'

const runDirectory = mkdtempSync(join(tmpdir(), 'meshcert-worlds-'))
afterAll(() => rmSync(runDirectory, { recursive: true, force: true }))

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

/** After a turn of the event loop, for a WeakRef that was looked at keeps what it refers to until then. */
async function collected(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  if (typeof collect !== 'function') throw new Error('V8 did not give its collector away.')
  collect()
}

const row = { requirement: 'CHAOS-NODE-3', tier: 'simulation', scope: 'compressed', repeats: 1 } as const

function worldOf(seed: string): Target {
  const clock = { nowMs: () => 0, sleep: async () => undefined }
  const description = {
    name: 'sample',
    version: '1',
    contract: '1' as const,
    capabilities: ['mesh' as const, 'control' as const],
    metrics: [],
    details: {},
  }
  let log = `${seed}, open`
  const close = async () => {
    log = `${seed}, closed`
  }
  return { description, clock, alive: async () => true, exposition: async () => [], eventLogHash: () => log, close }
}

test('a world that its scenario has closed is kept by nobody; its event log is told of all the same', async () => {
  const kept = new Map<string, WeakRef<Target>>()
  const connect = async (_: unknown, { seed }: { readonly seed: string }) => {
    const world = worldOf(seed)
    kept.set(seed, new WeakRef(world))
    return world
  }
  const seen: Record<string, boolean>[] = []
  const look = async () => {
    await collected()
    seen.push(Object.fromEntries(Array.from(kept, ([seed, world]) => [seed, world.deref() !== undefined])))
  }
  const body: Body = async (scenario) => {
    const open = (await Promise.all(['one', 'two', 'three'].map(scenario.connect))).slice(0, 2)
    await look()
    for (const world of open.splice(0)) await world.close()
    await look()
  }
  const runtime = createRuntime({
    plan: samplePlan([row]),
    session: { targetFile: 'none', handles: {}, runner: null },
    definition: { name: 'sample', tiers: { simulation: { connect } } },
    runDirectory,
    tiers: ['simulation'],
    tell: () => undefined,
  })
  const asked = { id: row.requirement, tier: row.tier, needs: [], body }
  await expect(runtime.run(asked)).rejects.toThrow('INCONCLUSIVE')
  const own = `s/${row.requirement}/simulation/0`
  expect(seen).toEqual([
    { [own]: true, one: true, two: true, three: true },
    { [own]: true, one: false, two: false, three: true },
  ])
  const { evidence } = await loadEvidence(runDirectory)
  const hashes = ['s/CHAOS-NODE-3/simulation/0', 'one', 'two', 'three'].map((seed) => `${seed}, closed`)
  expect(evidence.map(({ eventLogHashes }) => eventLogHashes)).toEqual([hashes])
})
