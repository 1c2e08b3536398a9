/** Each lie of storage by itself, done by nobody: the row is in doubt whichever it is, whatever the others show. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, vi } from 'vitest'
import { referenceParts } from '../../fixtures/parts.ts'
import { simulatedTarget } from '../../fixtures/simulation/target.ts'
import { storageLies, type StorageLie } from '../../suites/contract/storage.ts'
import type { Target } from '../../suites/contract/target.ts'
import { testChaosRows } from './sample-chaos-rows.ts'

const runDirectory = mkdtempSync(join(tmpdir(), 'meshcert-lies-'))
process.env['MESHCERT_RUN'] = runDirectory
afterAll(() => rmSync(runDirectory, { recursive: true, force: true }))

async function withoutLie(seed: string, inert: StorageLie): Promise<Target> {
  const planes = ['mesh', 'learning', 'control'] as const
  const target = await simulatedTarget({ seed, parts: referenceParts, planes, nodes: 4 })
  const { control } = target
  if (control === undefined) throw new Error('The simulated target has lost a plane.')
  return {
    ...target,
    control: {
      ...control,
      injectFault: (order) => {
        if (order.fault !== 'storage' || order.scope.storage.lie !== inert) return control.injectFault(order)
        // A path without anything on it: leased and listed like any other.
        return control.injectFault({ fault: 'network', scope: { paths: [{ path: {} }] }, leaseMs: order.leaseMs })
      },
    },
  }
}

for (const lie of storageLies) {
  describe(lie, async () => {
    // Each time the row is claimed anew.
    vi.resetModules()
    await testChaosRows({
      name: `true where it should be ${lie}`,
      tiers: ['simulation'],
      concerns: ({ requirement }) => requirement === 'CHAOS-STORE-1',
      runDirectory: join(runDirectory, lie),
      connect: ({ seed }) => withoutLie(seed, lie),
      says: () => /^INCONCLUSIVE: .*fault effect/,
    })
  })
}
