import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { foreignLoadPremise, readProcessorTime } from './foreign-load.ts'

const burner = 'const end=Date.now()+1500;while(Date.now()<end);'

test('a process of the run is no foreign load, the same process of somebody else is', async () => {
  const child = spawn(process.execPath, ['-e', burner], { stdio: 'ignore' })
  await delay(200)
  // One interval, seen with the burner as part of the run and as somebody else's: the rest of the machine is alike in both.
  const sides = [new Set([child.pid ?? 0]), new Set<number>()] as const
  const from = sides.map(readProcessorTime)
  await delay(900)
  const [own = 0, foreign = 0] = sides.map((roots, side) => {
    const before = from[side]
    if (before === undefined) throw new Error('There is a reading for each side.')
    return foreignLoadPremise(before, readProcessorTime(roots)).measured
  })
  child.kill('SIGKILL')
  expect(foreign - own).toBeGreaterThan(0.3)
})

test('foreign load is what the machine worked beyond the run, in cores', () => {
  const [from, to] = [
    { machine: 0, run: 0, machineAfter: 0, atMs: 0 },
    { machine: 100, run: 40, machineAfter: 100, atMs: 1_000 },
  ]
  expect(foreignLoadPremise(from, to).measured).toBeCloseTo(0.6)
})

test('children of a root belong to the run', () => {
  const alone = readProcessorTime(new Set([process.pid])).run
  const family = readProcessorTime(new Set([process.ppid])).run
  expect(family).toBeGreaterThanOrEqual(alone)
  expect(alone).toBeGreaterThan(0)
})
