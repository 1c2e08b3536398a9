import { expect, test } from 'vitest'
import { sla, type LoadShapeName } from '../../sla.config.ts'
import { loadOf } from '../../k6/shapes.ts'
import { rareCollections } from './k6-generators.ts'

const limitMiB = (vus: number): number => Number.parseInt(rareCollections({ vus }, 1).GOMEMLIMIT, 10)

/**
 * What lives of 1,500 users: 1,418 MiB in a burst, by the memory of a process that did nothing but collect, when each of them had
 * the shared config in its world; less what that took of idle ones (1,143 and 554 MiB, collected at every twentieth part).
 */
const livesMiB = (users: number): number => ((1_418 - (1_143 - 554)) / 1_500) * users

test.each(Object.keys(sla.loadShapes) as LoadShapeName[])(
  'the users of %s fit into the memory of a generator with room for garbage, and all of a suite into 3 GiB',
  (shape) => {
    const { vus } = loadOf(shape, 'release')
    expect(limitMiB(vus)).toBeGreaterThan(1.5 * livesMiB(vus))
    expect(limitMiB(vus)).toBeLessThanOrEqual(2_560)
  },
)

test('generators that share a load share the memory for what it leaves', () => {
  expect(rareCollections({ vus: 10 }, 1).GOMEMLIMIT).toBe('2048MiB')
  expect(rareCollections({ vus: 10 }, 4).GOMEMLIMIT).toBe('512MiB')
})
