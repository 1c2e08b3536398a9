import { expect, test } from 'vitest'
import { sla, type LoadShape } from '../../sla.config.ts'
import { demandShapes, shapeProblems } from './load-shape.ts'

const staged: LoadShape = sla.loadShapes['mesh-peers-stages']

test('every shape of the config can be offered', () => {
  expect(() => demandShapes()).not.toThrow()
})

test('a wrong shape is refused by its name and key before anything is started', () => {
  const wrong = { odd: { ...staged, perMinute: 0.5 } }
  expect(() => demandShapes(wrong)).toThrow(/loadShapes\.odd\.perMinute/)
})

test.each<[string, Partial<LoadShape>, RegExp]>([
  [
    'stages that are shorter than the load',
    { course: { fromShare: 1, stages: [{ toShare: 1, part: 0.9 }] } },
    /0\.9 of/,
  ],
  ['a course that never reaches its rate', { course: { fromShare: 0.5, stages: [{ toShare: 0.5, part: 1 }] } }, /0\.5/],
  ['a course that falls silent', { course: { fromShare: 1, stages: [{ toShare: 0, part: 1 }] } }, /one a second/],
  ['a mesh that would shrink', { mesh: { nodes: 100, grownFrom: [120], timerProfile: 'fast-detect' } }, /ascend/],
  [
    'a pattern that ends before it begins',
    { failures: [{ pattern: 'together', fault: 'crash', share: 0.1, from: 0.5, until: 0.4 }] },
    /ends before/,
  ],
  [
    'a cascade without waves',
    { failures: [{ pattern: 'cascade', fault: 'crash', share: 0.1, waves: 1, from: 0.1, until: 0.4 }] },
    /failures\.0/,
  ],
  [
    'flaps that nobody could see',
    { failures: [{ pattern: 'flapping', fault: 'crash', share: 0.1, times: 40, from: 0.1, until: 0.9 }] },
    /over before its effect can be seen/,
  ],
  [
    'a cascade that leaves no quorum',
    { failures: [{ pattern: 'cascade', fault: 'crash', share: 0.8, waves: 4, from: 0.1, until: 0.9 }] },
    /no quorum is left/,
  ],
  [
    'a cascade of more waves than its share has nodes',
    { failures: [{ pattern: 'cascade', fault: 'crash', share: 0.01, waves: 30, from: 0.1, until: 0.9 }] },
    /failures\.0: 30 waves of 1 of 100 nodes/,
  ],
  [
    'batches of which some strike nobody',
    { failures: [{ pattern: 'rolling', fault: 'pause', share: 0.02, batches: 3, from: 0.1, until: 0.9 }] },
    /failures\.0: 3 batches of 2 of 100 nodes/,
  ],
  [
    'a partition with a group of none',
    { failures: [{ pattern: 'together', fault: 'partition', groups: 101, from: 0.1, until: 0.9 }] },
    /a group of none/,
  ],
  [
    'two partitions at once',
    {
      failures: [
        { pattern: 'together', fault: 'partition', groups: 2, from: 0.1, until: 0.5 },
        { pattern: 'flapping', fault: 'partition', groups: 3, times: 2, from: 0.4, until: 0.9 },
      ],
    },
    /failures\.1: a partition while that of failures\.0 is in force/,
  ],
  [
    'a peak between two leaps, which is never offered',
    {
      course: {
        fromShare: 0.5,
        stages: [
          { toShare: 1, part: 0 },
          { toShare: 0.5, part: 0 },
          { toShare: 0.5, part: 1 },
        ],
      },
    },
    /highest share is 0\.5/,
  ],
])('%s: refused', (_, change, says) => {
  expect(shapeProblems({ ...staged, ...change }).join('\n')).toMatch(says)
})

test('failures without a mesh whose nodes could fail: refused', () => {
  const { mesh, ...without } = staged
  expect(mesh).toBeDefined()
  expect(shapeProblems(without).join('\n')).toMatch(/no mesh/)
})

test('events from several generators, of whose alerts all but one would hear nothing: refused', () => {
  const peak = sla.loadShapes['events-peak']
  expect(shapeProblems(peak)).toEqual([])
  expect(shapeProblems({ ...peak, generators: 3 }).join('\n')).toMatch(/^generators: .*one receiver/)
})
