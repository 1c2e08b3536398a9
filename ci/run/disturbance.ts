/** Second by second, what others take of the machine while a row takes its samples. */
import { availableParallelism } from 'node:os'
import { sla } from '../../sla.config.ts'
import type { Scenario } from '../../suites/requirement.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { undisturbedName } from '../verdict/disturbance.ts'
import { coresBetween, readProcessorTime } from './foreign-load.ts'

/** Cores in use over one look, by others and by the run itself. */
export type Look = { readonly foreign: number; readonly run: number }

const lookMs = 1_000

/**
 * For each look whether others took what the run needed: more than a share of what the run left idle. A run that needs nearly
 * all of the machine is disturbed by little, one that needs little only by much. What had to wait is worked off afterwards,
 * so that the looks that follow count as well.
 */
export function disturbedIn(looks: readonly Look[], machineCores: number): readonly boolean[] {
  const { ofIdle, atLeastCores, afterS } = sla.premises.disturbance
  const struck = looks.map(
    ({ foreign, run }) => foreign > Math.max(atLeastCores, ofIdle * Math.max(0, machineCores - run)),
  )
  return struck.map((_, place) => struck.slice(Math.max(0, place - afterS), place + 1).includes(true))
}

/** Watches while `work` goes on, and records how many of its seconds others left to the run. */
export const watchDisturbance =
  (runner: number, observe: Pick<Observe, 'proportion' | 'count'>): Scenario['measuring'] =>
  async (work) => {
    const roots = new Set([runner])
    const looks: Look[] = []
    let before = readProcessorTime(roots)
    const look = (): void => {
      const now = readProcessorTime(roots)
      looks.push(coresBetween(before, now))
      before = now
    }
    const timer = setInterval(look, lookMs)
    try {
      return await work()
    } finally {
      clearInterval(timer)
      look()
      const disturbed = disturbedIn(looks, availableParallelism())
      observe.proportion(undisturbedName, disturbed.filter((isDisturbed) => !isDisturbed).length, looks.length)
      const perSecond = looks.map(({ foreign }) => Math.round(foreign * 1_000) / 1_000)
      const mean = perSecond.reduce((sum, cores) => sum + cores, 0) / looks.length
      observe.count('cores that others used', 'cores', mean, looks.length, perSecond)
    }
  }
