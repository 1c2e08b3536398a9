import { expect, test } from 'vitest'
import { baselinePremises, type Modelled } from './baseline-premises.ts'
import { readLiveBaseline, type LiveBaseline } from './live-baseline.ts'

const timerProfile = {
  name: 'high-rate',
  beaconsPerLinkS: 17.5,
  beaconsPerDatagram: 5,
  missedBeaconsToSuspect: 64,
  epochMs: 10_000,
}
const modelled: Modelled = { timerProfile, costMachine: 'one', meshSources: 'aa' }
const baseline: LiveBaseline = {
  ...readLiveBaseline(),
  provisional: false,
  machine: 'one',
  meshSources: 'aa',
  timerProfiles: [timerProfile],
}

/** Claims that break, in a merge's short run and in full. */
function broken(one: Modelled, other: LiveBaseline): readonly (readonly string[])[] {
  return (['compressed', 'full'] as const).map((scope) =>
    baselinePremises(one, { baseline: other, scope })
      .filter(({ measured, limit }) => measured > limit)
      .map(({ claim }) => claim),
  )
}

test('a baseline of the very mesh, timers and machine is believed', () => {
  expect(broken(modelled, baseline)).toEqual([[], []])
})

test('other timers and another machine make any run say nothing', () => {
  const five = { ...timerProfile, beaconsPerDatagram: 4 }
  expect(broken({ ...modelled, timerProfile: five }, baseline)).toEqual([['same timers'], ['same timers']])
  for (const costMachine of ['two', undefined])
    expect(broken({ ...modelled, costMachine }, baseline)).toEqual([
      ['same class of machine'],
      ['same class of machine'],
    ])
})

test('other sources and a provisional record are told of in a short run, and refused in a full one', () => {
  expect(broken({ ...modelled, meshSources: 'bb' }, baseline)).toEqual([[], ['live runs of these sources']])
  expect(broken(modelled, { ...baseline, provisional: true })).toEqual([[], ['live runs at rest']])
  const premises = baselinePremises({ ...modelled, meshSources: 'bb' }, { baseline, scope: 'compressed' })
  expect(premises.find(({ measured }) => measured > 0)?.detail).toContain('node ci/tools/record-live-baseline.ts')
})
