/** Quantities that no test measures: the judge derives them from raw histories, so that whoever judges again computes them again. */
import { historyItems, type HistoryItem } from '../../../suites/evidence/history.ts'
import type { CheckerName } from '../../../suites/requirements/requirement-row.ts'
import { nothingDerived, type Derived } from './derived.ts'
import { eventCosts } from './event-costs.ts'
import { limitPrediction } from './limit-prediction.ts'
import { queueDrain } from './queue-drain.ts'
import { resourceSlopes } from './resource-slopes.ts'
import { serviceUnderKills } from './service-under-kills.ts'

type Derivation<C extends CheckerName> = (items: readonly HistoryItem<C>[], confidence: number) => Derived

/** Items that can't be read are violations of the checker of this history, and left out here. */
const over =
  <C extends CheckerName>(checker: C, derivation: Derivation<C>) =>
  (raw: readonly unknown[], confidence: number): Derived =>
    derivation(
      raw.flatMap((item): HistoryItem<C>[] => {
        const parsed = historyItems[checker].safeParse(item)
        return parsed.success ? [parsed.data as HistoryItem<C>] : []
      }),
      confidence,
    )

const derivations: ReadonlyMap<string, (raw: readonly unknown[], confidence: number) => Derived> = new Map([
  ['costs-accounted', over('costs-accounted', eventCosts)],
  ['limit-foretold', over('limit-foretold', limitPrediction)],
  ['queue-drained', over('queue-drained', queueDrain)],
  ['resources-level', over('resources-level', resourceSlopes)],
  ['replica-always-serving', over('replica-always-serving', serviceUnderKills)],
])

/** What the history that this checker reads says beside the checker's rule; nothing for most, whose items are not asked for. `confidence` is of one-sided bounds. */
export const derive = (checker: string, items: () => readonly unknown[], confidence: number): Derived =>
  derivations.get(checker)?.(items(), confidence) ?? nothingDerived
