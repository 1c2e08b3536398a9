import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { foreignLoadPremise, readProcessorTime } from './foreign-load.ts'

const burner = 'const end=Date.now()+1500;while(Date.now()<end);'

/** Cores that the premise sees as foreign while a process burns one, with these roots of the run. */
async function seenWhileBurning(rootsOf: (burnerPid: number) => readonly number[]): Promise<number> {
  const child = spawn(process.execPath, ['-e', burner], { stdio: 'ignore' })
  await delay(200)
  const roots = new Set(rootsOf(child.pid ?? 0))
  const from = readProcessorTime(roots)
  await delay(900)
  const { measured } = foreignLoadPremise(from, readProcessorTime(roots))
  child.kill('SIGKILL')
  return measured
}

test('a process of the run is no foreign load, the same process of somebody else is', async () => {
  const [own, foreign] = [await seenWhileBurning((pid) => [pid]), await seenWhileBurning(() => [])]
  // Others may be busy too; the burner makes the difference of most of a core, however the cores are shared.
  expect(foreign).toBeGreaterThan(0.4)
  expect(
    foreignLoadPremise({ machine: 0, run: 0, atMs: 0 }, { machine: 100, run: 40, atMs: 1_000 }).measured,
  ).toBeCloseTo(0.6)
  expect(own).toBeLessThanOrEqual(foreign + 0.6)
})

test('children of a root belong to the run', () => {
  const alone = readProcessorTime(new Set([process.pid])).run
  const family = readProcessorTime(new Set([process.ppid])).run
  expect(family).toBeGreaterThanOrEqual(alone)
  expect(alone).toBeGreaterThan(0)
})
