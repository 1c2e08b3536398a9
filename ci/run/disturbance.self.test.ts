import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { sla } from '../../sla.config.ts'
import { undisturbedName } from '../verdict/disturbance.ts'
import { disturbedIn, watchDisturbance, type Look } from './disturbance.ts'

const { atLeastCores, afterS } = sla.premises.disturbance
const looks = (count: number, look: Look): readonly Look[] => Array.from({ length: count }, () => look)
const disturbed = (of: readonly Look[]): number => disturbedIn(of, 2).filter(Boolean).length

test('a background of a few hundredths of a core disturbs nothing, however busy the run is', () => {
  for (const run of [0, 0.3, 1.3, 1.97]) expect(disturbed(looks(60, { foreign: 0.04, run }))).toBe(0)
})

test('who needs nearly all of the machine is disturbed by little, who needs little by much', () => {
  expect(disturbed(looks(1, { foreign: 0.25, run: 1.3 }))).toBe(1)
  expect(disturbed(looks(1, { foreign: 0.25, run: 0.3 }))).toBe(0)
  expect(disturbed(looks(1, { foreign: atLeastCores + 0.01, run: 1.9 }))).toBe(1)
})

test('a mean that is allowed hides no peak: what follows it counts as well, the rest does not', () => {
  const peak = [
    ...looks(20, { foreign: 0.02, run: 1.2 }),
    { foreign: 0.9, run: 1 },
    ...looks(39, { foreign: 0.02, run: 1.2 }),
  ]
  expect(peak.reduce((sum, { foreign }) => sum + foreign, 0) / peak.length).toBeLessThan(
    sla.premises.foreignLoadCores / 10,
  )
  expect(disturbed(peak)).toBe(1 + afterS)
})

test('a watch tells of each second, and of what others took; its work is answered or thrown as it is', async () => {
  const proportions: (readonly [string, number, number])[] = []
  const counts: (readonly number[])[] = []
  const pen = {
    proportion: (name: string, good: number, total: number) => void proportions.push([name, good, total]),
    count: (_name: string, _unit: string, _value: number, _overS: number, perSecond: readonly number[] = []) =>
      void counts.push(perSecond),
  }
  // Nothing lives below it: whatever is done meanwhile is done by others.
  const stranger = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'ignore' })
  const measuring = watchDisturbance(stranger.pid ?? 0, pen)
  const busy = async (): Promise<string> => {
    const untilMs = performance.now() + 1_100
    while (performance.now() < untilMs) Math.sqrt(untilMs)
    await delay(0)
    return 'done'
  }
  expect(await measuring(busy)).toBe('done')
  await expect(measuring(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  stranger.kill('SIGKILL')
  expect(proportions[0]).toEqual([undisturbedName, 0, expect.any(Number)])
  expect(Math.max(...(counts[0] ?? []))).toBeGreaterThan(0.2)
  expect(proportions).toHaveLength(2)
})
