import { expect, test } from 'vitest'
import { FaultScope, scopeTrouble } from '../suites/contract/control.ts'
import { randomFrom } from '../suites/contract/random.ts'
import { drawSchedule, mix } from './default-mix.ts'

const nodes = Array.from({ length: 20 }, (_, index) => `node-${index}`)
const keys = FaultScope.keyof().options
const sample: Required<FaultScope> = {
  nodes: ['node-0'],
  loop: { crashes: 2, downMs: 100, upMs: 100 },
  cpuShare: 0.5,
  errorShare: 0.5,
  rotateEveryMs: 1_000,
  skewMs: 1_000,
  groups: [['node-0'], ['node-1']],
  paths: [{ path: {} }],
  misdeeds: ['replayed'],
  storage: { of: 'learning', lie: 'full', reach: 'one', draw: 0.5 },
}

test.each(mix.map(({ kind, draw }) => [kind.name, kind.primitive, draw(nodes, randomFrom('scope'))] as const))(
  'a scope of %s is taken as it is drawn, and with no key less or more',
  (_, primitive, scope) => {
    expect(scopeTrouble(primitive, scope)).toBeNull()
    for (const key of keys) {
      const { [key]: drawn, ...without } = scope
      if (drawn !== undefined) expect(scopeTrouble(primitive, without), key).toBe(`has a scope without ${key}`)
      else if (!(primitive === 'crash' && key === 'loop'))
        expect(scopeTrouble(primitive, { ...scope, [key]: sample[key] })).toMatch(`has ${key} in its scope`)
    }
  },
)

test.each(mix.map(({ kind, draw }) => [kind.name, kind.primitive, draw] as const))(
  'chance draws no scope of %s that is refused, on the least of meshes either',
  (_, primitive, draw) => {
    const six = nodes.slice(0, 6)
    const refused = Array.from({ length: 1_000 }, (_, seed) =>
      scopeTrouble(primitive, draw(six, randomFrom(`six ${seed}`))),
    )
    expect(refused.filter((why) => why !== null)).toEqual([])
  },
)

test('who is cut off from nobody is not cut off', () => {
  expect(scopeTrouble('partition', { groups: [nodes, []] })).toBe('has fewer than two groups')
})

test('an outage of the authority names nobody', () => {
  expect(scopeTrouble('authority-outage', {})).toBeNull()
  expect(scopeTrouble('authority-outage', { nodes })).toMatch('has nodes in its scope')
})

test('every fault of the mix comes up in schedules', () => {
  const drawn = Array.from(
    { length: 100 },
    (_, index) => drawSchedule({ seed: `mix ${index}`, nodes: 30 }).steps,
  ).flat()
  for (const { kind } of mix)
    // Of 800 faults a sixteenth, 50, is of each kind; half of that is more than three deviations away.
    expect(drawn.filter(({ fault }) => fault === kind.name).length, kind.name).toBeGreaterThan(
      drawn.length / mix.length / 2,
    )
})
