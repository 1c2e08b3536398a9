import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { undoRuns } from './undo-runs.ts'

const folder = new URL('../faults/', import.meta.url)
const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.self.test.ts'))
const inFolder = files.map((file) => file.replace(/\.ts$/, ''))

const timesOf = (driver: 'simulation' | 'process', scope: 'full' | 'compressed'): Readonly<Record<string, number>> =>
  Object.fromEntries(
    undoRuns(driver, scope).map(({ undoable, times }) => [undoable.kind.name.replaceAll(' ', '-'), times]),
  )

describe.each(['simulation', 'process'] as const)('by the %s driver', (driver) => {
  const further = driver === 'process' ? ['kill'] : []

  test('the runner of every fault there is is killed', () => {
    expect(Object.keys(timesOf(driver, 'compressed')).sort()).toEqual([...inFolder, ...further].sort())
  })

  test('often enough: 20 times of each way to be undone and 3 times of every other fault, in a release 20 times of all', () => {
    const { crash, kill = 20, ...others } = timesOf(driver, 'compressed')
    expect([crash, kill]).toEqual([20, 20])
    expect(new Set(Object.values(others))).toEqual(new Set([3]))
    const all = Object.values(timesOf(driver, 'full'))
    expect(new Set(all)).toEqual(new Set([20]))
    expect(all.reduce((sum, times) => sum + times)).toBeGreaterThanOrEqual(299)
  })
})
