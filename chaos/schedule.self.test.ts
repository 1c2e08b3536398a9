import { expect, test } from 'vitest'
import { randomFrom } from '../suites/contract/random.ts'
import { crash } from './faults/crash.ts'
import { partition } from './faults/partition.ts'
import { planHash } from './fault-plan.ts'
import { planFault } from './schedule.ts'

const nodes = Array.from({ length: 100 }, (_, index) => `node-${index}`)
const halves = (seed: string, names = nodes) =>
  planFault({
    seed,
    random: randomFrom(seed),
    nodes: names,
    fault: 'partition',
    forMs: 4_000,
    draw: partition.draw(2),
  })

test('a seed gives the same plan whatever order the target lists its nodes in', () => {
  expect(halves('one', nodes.toReversed())).toEqual(halves('one'))
  expect(planHash(halves('one', nodes.toReversed()))).toBe(planHash(halves('one')))
})

test('another seed gives another plan, and a hash that tells', () => {
  expect(planHash(halves('two'))).not.toBe(planHash(halves('one')))
})

test('a plan survives JSON: its hash is that of what is stored', () => {
  const plan = halves('one')
  expect(planHash(JSON.parse(JSON.stringify(plan)))).toBe(planHash(plan))
})

test('halves share no node and leave none out', () => {
  const [left = [], right = []] = halves('one').steps[0]?.scope.groups ?? []
  expect([left.length, right.length]).toEqual([50, 50])
  expect(new Set([...left, ...right]).size).toBe(100)
})

test('a partition hits only what crosses it, a crash only its victims', () => {
  const cut = partition.hits({ groups: [['a', 'b'], ['c']] })
  expect([cut('a', 'c'), cut('c', 'a'), cut('a', 'b'), cut('a', 'outside')]).toEqual([true, true, false, false])
  const down = crash.hits({ nodes: ['a'] })
  expect([down('a', 'b'), down('b', 'a'), down('b', 'c')]).toEqual([true, true, false])
})
