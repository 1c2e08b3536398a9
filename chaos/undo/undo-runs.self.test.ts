import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { sla } from '../../sla.config.ts'
import { undoRuns } from './undo-runs.ts'

const folder = new URL('../faults/', import.meta.url)
const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.self.test.ts'))
const inFolder = files.map((file) => file.replace(/\.ts$/, ''))

const timesOf = (tier: 'simulation' | 'processes', plan: 'quick' | 'release'): Readonly<Record<string, number>> =>
  Object.fromEntries(
    undoRuns(tier, sla.plans[plan].repeats[tier]).map(({ undoable, times }) => [
      undoable.kind.name.replaceAll(' ', '-'),
      times,
    ]),
  )

describe.each(['simulation', 'processes'] as const)('on %s', (tier) => {
  // What virtual time does to a coordinator a process has done to it from outside.
  const inTier = tier === 'processes' ? [...inFolder.filter((name) => name !== 'coordinator-crash'), 'kill'] : inFolder

  test('the runner of every fault there is is killed', () => {
    expect(Object.keys(timesOf(tier, 'quick')).sort()).toEqual(inTier.toSorted())
  })

  test('often enough: 20 times of each way to be undone and 3 times of every other fault, in a release 20 times of all', () => {
    const { crash, kill = 20, ...others } = timesOf(tier, 'quick')
    expect([crash, kill]).toEqual([20, 20])
    expect(new Set(Object.values(others))).toEqual(new Set([3]))
    const all = Object.values(timesOf(tier, 'release'))
    expect(new Set(all)).toEqual(new Set([20]))
    expect(all.reduce((sum, times) => sum + times)).toBeGreaterThanOrEqual(299)
  })
})
