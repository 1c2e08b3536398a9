import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import type { Target } from '../../suites/contract/target.ts'
import { loadEvidence } from '../../suites/evidence/stored.ts'
import type { Body } from '../../suites/requirement.ts'
import { samplePlan } from '../verdict/sample-plan.ts'
import { createRuntime } from './requirement-runner.ts'
import { messageOf } from './stop.ts'

const runDirectory = mkdtempSync(join(tmpdir(), 'meshcert-runner-'))
afterAll(() => rmSync(runDirectory, { recursive: true, force: true }))

const ids = ['MESH-HONEST', 'MESH-SEAL'] as const
const rows = ids.map((requirement) => ({ requirement, tier: 'processes', scope: 'compressed', repeats: 1 }) as const)

const target: Target = {
  description: {
    name: 'sample',
    version: '1',
    contract: '1',
    capabilities: ['mesh'],
    metrics: [],
    details: {},
  },
  clock: { nowMs: () => 0, sleep: async () => undefined },
  alive: async () => Promise.reject(new Error('the socket was closed')),
  exposition: async () => [],
  close: async () => undefined,
}

test('a scenario that overruns its time leaves later rows on its target in doubt; so does a target that cannot be asked', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  let tries = 0
  const connect = async () => {
    tries += 1
    if (tries === 1) throw new Error('nobody listens yet')
    return target
  }
  const runtime = createRuntime({
    plan: samplePlan(rows),
    session: { targetFile: 'none', handles: {}, runner: null },
    definition: { name: 'sample', tiers: { processes: { connect } } },
    runDirectory,
    tiers: ['processes'],
    tell: () => undefined,
  })
  const run = (id: (typeof ids)[number], body: Body) => runtime.run({ id, tier: 'processes', needs: [], body })
  const follows = vi.fn<Body>(async () => undefined)
  await expect(run(ids[0], follows)).rejects.toThrow('nobody listens yet')
  const hangs = run(ids[0], () => new Promise<never>(() => undefined)).catch(messageOf)
  await vi.waitFor(() => {
    if (vi.getTimerCount() === 0) throw new Error('The body has not begun.')
  })
  await vi.advanceTimersByTimeAsync(180_000)
  vi.useRealTimers()
  expect(await hangs).toMatch(/INCONCLUSIVE: .* did not end within 180 s/)
  await expect(run(ids[1], follows)).rejects.toThrow(/INCONCLUSIVE: .*MESH-HONEST did not end in its time/)
  expect(follows).not.toHaveBeenCalled()
  const { evidence } = await loadEvidence(runDirectory)
  expect(evidence.map(({ requirement }) => requirement).sort()).toEqual([...ids])
  const alive = evidence.flatMap(({ premises }) => premises).find(({ claim }) => claim === 'target alive')
  expect(alive?.measured).toBe(1)
})
