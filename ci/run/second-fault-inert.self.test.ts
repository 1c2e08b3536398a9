/**
 * Of rows that lay several faults in turn: one that does nothing behind others that did must leave the row INCONCLUSIVE, too.
 * The first is real, the second is taken, listed, undone, and never strikes. Which of all faults alone is one:
 * `inert-faults.self.test.ts`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { referenceParts } from '../../fixtures/parts.ts'
import { simulatedTarget } from '../../fixtures/simulation/target.ts'
import type { ConnectContext, Target } from '../../suites/contract/target.ts'
import { testChaosRows } from './sample-chaos-rows.ts'

const runDirectory = mkdtempSync(join(tmpdir(), 'meshcert-second-inert-'))
process.env['MESHCERT_RUN'] = runDirectory
afterAll(() => rmSync(runDirectory, { recursive: true, force: true }))

/** Rows of several faults; of CHAOS-UNDER's parts, which are driven by one piece, the two that cost least. */
const inTurn = ['CHAOS-CRYPTO-6', 'CHAOS-CRYPTO-7', 'CHAOS-STORE-1', 'CHAOS-UNDER', 'CHAOS-UNDER-b']

/** What each row has asked for so far, as one fault after the other, in whatever world. */
const asked = new Map<string, Set<string>>()

async function secondInert({ seed, nodes }: ConnectContext): Promise<Target> {
  const planes = ['mesh', 'control', 'healing', 'identity', 'learning'] as const
  const target = await simulatedTarget({ seed, parts: referenceParts, planes, ...(nodes !== undefined && { nodes }) })
  const { control } = target
  if (control === undefined) throw new Error('The simulated target has lost a plane.')
  const [, row = ''] = seed.split('/')
  const before = asked.get(row) ?? new Set()
  asked.set(row, before)
  return {
    ...target,
    control: {
      ...control,
      injectFault: (order) => {
        // A coordinator that crashes is a part of what a lie of storage is tried with.
        if (order.fault !== 'coordinator-crash') before.add(JSON.stringify(order))
        const isSecond = [...before].indexOf(JSON.stringify(order)) === 1
        if (!isSecond) return control.injectFault(order)
        // A path without anything on it: leased and listed like any other.
        return control.injectFault({ fault: 'network', scope: { paths: [{ path: {} }] }, leaseMs: order.leaseMs })
      },
    },
  }
}

await testChaosRows({
  name: 'out of reach of the second fault',
  tiers: ['simulation'],
  concerns: ({ requirement }) => inTurn.includes(requirement),
  runDirectory,
  connect: secondInert,
  says: () => /^INCONCLUSIVE: .*(fault effect|the effect of fault .* was not proven)/,
})

test('there was a second fault in each of these rows', () => {
  expect([...asked.keys()].toSorted()).toEqual(inTurn.toSorted())
  for (const faults of asked.values()) expect(faults.size).toBeGreaterThanOrEqual(2)
})
