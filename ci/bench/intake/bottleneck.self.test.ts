import { expect, test } from 'vitest'
import { bottleneckOf, type Seen } from './bottleneck.ts'

const calm: Seen = {
  machineCores: 2,
  cores: { replicas: 0.3, database: 0.2, generator: 0.1, others: 0 },
  busiestReplica: 0.1,
  looks: 100,
  waiting: { disk: 10, chain: 5 },
}

test('what is nearest to its end is named, with its numbers', () => {
  expect(bottleneckOf(calm).name).toBe('none')
  expect(bottleneckOf({ ...calm, busiestReplica: 0.97 })).toMatchObject({ name: 'event loop', pressure: 0.97 })
  expect(bottleneckOf({ ...calm, waiting: { disk: 95, chain: 80 } })).toMatchObject({ name: 'disk', pressure: 0.95 })
  expect(bottleneckOf({ ...calm, waiting: { disk: 20, chain: 80 } }).name).toBe('audit chain')
  expect(bottleneckOf(calm).evidence.join('\n')).toMatch(/0\.60 of 2 cores[\s\S]*100 looks[\s\S]*10 %/)
})

test('where processors are used up, full queues behind them are their fault', () => {
  const busy = { ...calm, cores: { replicas: 1, database: 0.6, generator: 0.3, others: 0 } }
  expect(bottleneckOf({ ...busy, waiting: { disk: 100, chain: 100 } })).toMatchObject({ name: 'processor' })
})

test('without a look at the database nothing is said against it', () => {
  expect(bottleneckOf({ ...calm, looks: 0, waiting: { disk: 0, chain: 0 } }).name).toBe('none')
})
