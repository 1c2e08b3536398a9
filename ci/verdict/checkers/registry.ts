import type { z } from 'zod'
import { historyItems, type HistoryItem } from '../../../suites/evidence/history.ts'
import type { CheckerName } from '../../../suites/requirements/requirement-row.ts'
import { acceptedEventsAccounted, acceptedEventsLost } from './accepted-events-accounted.ts'
import { auditChainBroken, auditChainIntact } from './audit-chain-intact.ts'
import { costsAccounted } from './costs-accounted.ts'
import { cyclesOnTime } from './cycles-on-time.ts'
import { forgedAccepted, forgedRefused } from './forged-refused.ts'
import { identityHeld } from './identity-held.ts'
import { limitForetold } from './limit-foretold.ts'
import { deltasConverged } from './deltas-converged.ts'
import { oneCoordinator } from './one-coordinator.ts'
import { queueDrained } from './queue-drained.ts'
import { replicaAlwaysServing } from './replica-always-serving.ts'
import { resourcesLevel } from './resources-level.ts'
import { roundLineage } from './round-lineage.ts'
import { stepsEvidenced } from './steps-evidenced.ts'
import { storageBelieved } from './storage-believed.ts'
import { viewsConverged } from './views-converged.ts'

/** A pure check of one history: what violates the rule, a sentence each; nothing if all is well. */
type Checker<C extends CheckerName> = (items: readonly HistoryItem<C>[]) => readonly string[]

/** Reads raw items and checks those that can be read; the others are violations themselves. */
function over<Item>(schema: z.ZodType<Item>, check: (items: readonly Item[]) => readonly string[]) {
  return (raw: readonly unknown[]): readonly string[] => {
    const malformed: string[] = []
    const items = raw.flatMap((value, index): Item[] => {
      const parsed = schema.safeParse(value)
      if (parsed.success) return [parsed.data]
      const [issue] = parsed.error.issues
      malformed.push(`item ${index + 1} is malformed: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
      return []
    })
    return [...malformed, ...check(items)]
  }
}

function readable<Item>(schema: z.ZodType<Item>, check: (items: readonly Item[]) => readonly string[]) {
  return (raw: readonly unknown[]): readonly string[] => {
    const items = raw.flatMap((value) => schema.safeParse(value).data ?? [])
    return items.length < raw.length ? [] : check(items)
  }
}

const checkers: { readonly [C in CheckerName]: (raw: readonly unknown[]) => readonly string[] } = {
  'accepted-events-accounted': over(
    historyItems['accepted-events-accounted'],
    acceptedEventsAccounted satisfies Checker<'accepted-events-accounted'>,
  ),
  'audit-chain-intact': over(
    historyItems['audit-chain-intact'],
    auditChainIntact satisfies Checker<'audit-chain-intact'>,
  ),
  'costs-accounted': over(historyItems['costs-accounted'], costsAccounted satisfies Checker<'costs-accounted'>),
  'cycles-on-time': over(historyItems['cycles-on-time'], cyclesOnTime satisfies Checker<'cycles-on-time'>),
  'views-converged': over(historyItems['views-converged'], viewsConverged satisfies Checker<'views-converged'>),
  'limit-foretold': over(historyItems['limit-foretold'], limitForetold satisfies Checker<'limit-foretold'>),
  'deltas-converged': over(historyItems['deltas-converged'], deltasConverged satisfies Checker<'deltas-converged'>),
  'queue-drained': over(historyItems['queue-drained'], queueDrained satisfies Checker<'queue-drained'>),
  'replica-always-serving': over(
    historyItems['replica-always-serving'],
    replicaAlwaysServing satisfies Checker<'replica-always-serving'>,
  ),
  'resources-level': over(historyItems['resources-level'], resourcesLevel satisfies Checker<'resources-level'>),
  'round-lineage': over(historyItems['round-lineage'], roundLineage satisfies Checker<'round-lineage'>),
  'identity-held': over(historyItems['identity-held'], identityHeld satisfies Checker<'identity-held'>),
  'one-coordinator': over(historyItems['one-coordinator'], oneCoordinator satisfies Checker<'one-coordinator'>),
  'forged-refused': over(historyItems['forged-refused'], forgedRefused satisfies Checker<'forged-refused'>),
  'storage-believed': over(historyItems['storage-believed'], storageBelieved satisfies Checker<'storage-believed'>),
  'steps-evidenced': over(historyItems['steps-evidenced'], stepsEvidenced satisfies Checker<'steps-evidenced'>),
}

/** Checkers that can tell which of their violations no delay explains; an item that can't be read is none of them. */
const beyondNoise: { readonly [C in CheckerName]?: (raw: readonly unknown[]) => readonly string[] } = {
  'accepted-events-accounted': readable(historyItems['accepted-events-accounted'], acceptedEventsLost),
  'audit-chain-intact': readable(historyItems['audit-chain-intact'], auditChainBroken),
  'forged-refused': readable(historyItems['forged-refused'], forgedAccepted),
  'one-coordinator': readable(historyItems['one-coordinator'], oneCoordinator),
}

const isChecker = (name: string): name is CheckerName => Object.hasOwn(checkers, name)

/** Violations of the named checker's rule in a history, or null when no checker has that name. */
export function runChecker(name: string, items: readonly unknown[]): readonly string[] | null {
  return isChecker(name) ? checkers[name](items) : null
}

/** Violations of the named checker's rule that are violations however late everybody was; none where it can't tell. */
export const violationsBeyondNoise = (name: string, items: readonly unknown[]): readonly string[] =>
  isChecker(name) ? (beyondNoise[name]?.(items) ?? []) : []
