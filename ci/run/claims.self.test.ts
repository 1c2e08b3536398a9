import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { claimsIn, readClaims } from './claims.ts'

const tiersOf = (source: string) => claimsIn('suites/mesh/a.test.ts', source).map(({ tiers }) => tiers)

test('a test claims its row where the row must hold and a lane can run it', () => {
  // LOAD-100 must hold in a cluster too, where no lane runs anything.
  expect(tiersOf("requirement('LOAD-100', ['mesh'], body)")).toEqual([['processes']])
  expect(tiersOf("requirement('SLA-MAPEK', ['healing'], body)")).toEqual([['simulation', 'processes']])
  expect(tiersOf("requirement('NO-SUCH', [], body)")).toEqual([[]])
})

test('the claims of the tree are read, from tests and from load shapes', async () => {
  const claims = await readClaims(fileURLToPath(new URL('../..', import.meta.url)))
  expect(claims.filter(({ shape }) => shape === null).length).toBeGreaterThan(10)
  expect(claims.find(({ shape }) => shape === 'events-steady')?.requirement).toBe('EVT-STEADY')
})
