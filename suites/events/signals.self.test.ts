import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ThreatEvent } from '../contract/events.ts'
import { randomFrom } from '../contract/random.ts'
import { readConnections, threatSignals } from './signals.ts'

const read = (name: string) => readFileSync(new URL(`data/${name}`, import.meta.url))

test('the records are the ones that the README names', () => {
  const digest = createHash('sha256').update(read('connections.csv.gz')).digest('hex')
  expect(read('README.md').toString('utf8')).toContain(digest)
  const families = Map.groupBy(readConnections(), ({ kind }) => kind)
  const counts = Object.fromEntries([...families].map(([kind, rows]) => [kind, rows.length]))
  expect(counts).toEqual({ normal: 859, dos: 684, r2l: 258, probe: 243, u2r: 6 })
})

test('signals are events of the contract, none of equal content, the same for the same seed', () => {
  const [one, other] = [threatSignals(randomFrom('seed')), threatSignals(randomFrom('seed'))]
  const contents = new Set<string>()
  for (let index = 0; index < 2_000; index += 1) {
    const event = ThreatEvent.parse({ id: `e-${index}`, ...one() })
    expect({ ...event, id: undefined }).toEqual({ ...other(), id: undefined })
    expect(Object.keys(event.features)).toHaveLength(41)
    contents.add(JSON.stringify([event.source, event.destination, event.kind, event.features]))
  }
  expect(contents.size).toBe(2_000)
})
