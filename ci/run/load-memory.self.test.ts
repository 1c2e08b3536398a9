import { expect, test } from 'vitest'
import { observeMemory } from './load-memory.ts'

const measured = (shape: 'events-burst' | 'events-sustained' | 'events-steady') => {
  const said: string[] = []
  observeMemory(
    { measure: (name, unit, value) => void said.push(`${name} ${value ?? 'none'} ${unit}`) },
    {
      shape,
      peaks: new Map([['one', 120e6]]),
      bearers: [{ instance: 'one' }, { instance: 'two' }],
      generatorsKiB: [1 << 20, 1 << 19],
      ownKiB: 1 << 19,
    },
  )
  return said
}

test('a burst tells of each replica, of one that could not be read too, and of the suite as the sum of its peaks', () => {
  expect(measured('events-burst')).toEqual(['replica-memory 120 MB', 'replica-memory none MB', 'suite-memory 2 GiB'])
})

test('a load tells no more than its promises ask for', () => {
  expect(measured('events-sustained')).toEqual(['suite-memory 2 GiB'])
  expect(measured('events-steady')).toEqual([])
})
