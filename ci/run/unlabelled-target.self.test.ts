/** A target without the label that lets faults in: every row of chaos is refused, with the reason, and nobody asks it for anything. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { capabilities } from '../../suites/contract/route.ts'
import type { Target } from '../../suites/contract/target.ts'
import { testChaosRows } from './sample-chaos-rows.ts'

const runDirectory = mkdtempSync(join(tmpdir(), 'meshcert-unlabelled-'))
process.env['MESHCERT_RUN'] = runDirectory
afterAll(() => rmSync(runDirectory, { recursive: true, force: true }))

const asked: string[] = []
const plane = new Proxy({}, { get: (_, verb) => asked.push(String(verb)) })

/** It has every plane there is, and writes down each verb that it is asked for. */
async function unlabelledTarget(): Promise<Target> {
  const shell: Partial<Target> = {
    description: {
      name: 'somebody’s own',
      version: '1',
      contract: '1',
      capabilities: [...capabilities],
      metrics: [],
      details: {},
    },
    clock: { nowMs: () => 0, sleep: async () => undefined },
    alive: async () => true,
    close: async () => undefined,
  }
  return { ...shell, ...Object.fromEntries(capabilities.map((name) => [name, plane])) } as Target
}

await testChaosRows({
  name: 'without the label',
  tiers: ['simulation', 'processes'],
  // A schedule is refused by who runs it, and on processes it only makes plans.
  concerns: ({ requirement }) => requirement !== 'SELF-REPLAY',
  runDirectory,
  connect: unlabelledTarget,
  says: () => /^INCONCLUSIVE: .*nothing was touched: somebody’s own does not carry the label/,
})

test('nobody has asked it for anything', () => {
  expect(asked).toEqual([])
})
