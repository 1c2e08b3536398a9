import type { LoadShape } from '../../sla.config.ts'
import { randomFrom } from '../../suites/contract/random.ts'
import type { Target } from '../../suites/contract/target.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { withFigures } from '../../suites/mesh/load-metrics.ts'
import { seedOf, type RowAttempt } from './row-recorder.ts'

type Metered = {
  readonly shape: LoadShape
  readonly target: Target
  readonly observe: Pick<Observe, 'measure'>
  readonly attempt: RowAttempt
}

/**
 * Reports what a load that has a mesh of its own costs it while `load` runs, as every load scenario does: what LOAD-METRICS
 * names, one value for each load of a row. What the target does not tell is a measurement that never came.
 */
export async function meteringMesh<T>(
  { shape, target, observe, attempt }: Metered,
  load: () => Promise<T>,
): Promise<T> {
  const { mesh } = target
  if (shape.mesh === undefined || mesh === undefined) return load()
  const random = randomFrom(seedOf(attempt)).stream('workloads')
  return withFigures({ target: { ...target, mesh }, random }, async (readFigures) => {
    const done = await load()
    for (const { name, unit, value } of await readFigures()) observe.measure(name, unit, value)
    return done
  })
}
