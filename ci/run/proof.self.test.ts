import { expect, test, vi } from 'vitest'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { proofOf } from './proof.ts'

const defects = async () => [
  { name: 'bug', story: '', kills: 'MESH-HONEST', tier: 'processes', reason: /refused root: cut short/ } as const,
]
const row = { requirement: 'MESH-HONEST', premises: ['target alive'] }

/** Checks in this order; answers those that the body came to, and whether the defect is shown. */
async function seen(names: readonly string[], planned: Partial<typeof row> & { readonly defect?: string | null } = {}) {
  const recorded = vi.fn<Observe['check']>()
  const { defect = 'bug', ...other } = planned
  const around = { plan: { defect }, row: { ...row, ...other } }
  // A proof passes on every other kind of observation as it is: these two are all that is written here.
  const pen = { check: recorded, history: () => undefined } as unknown as Observe
  const { observe, isShown } = await proofOf({ defects }, around, pen)
  try {
    for (const name of names) {
      if (name === begun) observe.history('cycles-on-time', {} as never)
      observe.check(name, name.startsWith('all '), 'accepted')
    }
  } catch {
    // That is how it ends.
  }
  return [recorded.mock.calls.map(([name]) => name), isShown()]
}

const [well, shown, other] = ['all beacons used', 'refused root: cut short', 'nothing is lost']
const begun = 'all cycles are told'

test('a body ends with the check that fails for the reason of the defect, and that check is recorded', async () => {
  expect(await seen([well, shown, other])).toEqual([[well, shown], true])
})

test.each([
  ['another check failed before, which would be the reason that is told', [other, shown, well], {}],
  ['a history is begun, which is judged first', [begun, shown, well], {}],
  ['no defect is switched on', [shown, well], { defect: null }],
  ['the row is not the one that the defect kills', [shown, well], { requirement: 'MESH-SEAL' }],
  [
    'the row demands premises that its body records',
    [shown, well],
    { premises: ['target alive', 'generator headroom'] },
  ],
] as const)('a body goes on where %s', async (_, names, planned) => {
  expect(await seen(names, { ...planned } as never)).toEqual([names, false])
})
