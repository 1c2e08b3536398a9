/** What a load takes of memory: each process that bears it, and the suite that offers it. */
import { sla, type LoadShapeName, type ObjectiveId } from '../../sla.config.ts'
import type { Component } from '../../suites/contract/control.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'

const kibPerGiB = 1 << 20

type Memory = {
  readonly shape: LoadShapeName
  /** The most that was resident of each process that bears the load, in bytes by its instance. */
  readonly peaks: ReadonlyMap<string, number>
  /** Those processes, as the target tells of them. */
  readonly bearers: readonly Pick<Component, 'instance'>[]
  /** Of each generator, as the system says at its end. */
  readonly generatorsKiB: readonly number[]
  /** The most that this process, which reads the samples, has had resident. */
  readonly ownKiB?: number
}

/**
 * Measures what the shape's promises ask for. A process that nobody could look at is a measurement that never came. The suite's
 * peaks need not have been at one instant: their sum is no less than it ever held.
 */
export function observeMemory(
  observe: Pick<Observe, 'measure'>,
  { shape, peaks, bearers, generatorsKiB, ownKiB = process.resourceUsage().maxRSS }: Memory,
): void {
  const objectives: readonly ObjectiveId[] = sla.loadShapes[shape].objectives
  if (objectives.includes('replica-memory'))
    for (const { instance } of bearers) {
      const bytes = peaks.get(instance)
      observe.measure('replica-memory', 'MB', bytes === undefined ? null : bytes / 1e6)
    }
  if (!objectives.includes('suite-memory')) return
  const suiteKiB = generatorsKiB.reduce((sum, kib) => sum + kib, ownKiB)
  observe.measure('suite-memory', 'GiB', suiteKiB / kibPerGiB)
}
