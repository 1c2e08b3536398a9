import type { Capability } from '../../suites/contract/route.ts'
import { randomFrom, type Random } from '../../suites/contract/random.ts'
import type { Scenario, TargetWith } from '../../suites/requirement.ts'
import { nameOf, reachingLies, type ReachingLie } from '../faults/lying-storage.ts'
import { runJournal, type Journal } from '../lease.ts'
import { shuffled } from '../schedule.ts'

/** One lie of a round, and what it is drawn from. */
export type Drawn = {
  readonly kind: ReachingLie
  readonly random: Random
  readonly journal: Journal
  readonly world: string
}

type Telling<Needs extends Capability> = {
  /** Where the lies of a round are told. */
  readonly targetOf: (round: number, seed: string) => Promise<TargetWith<Needs>>
  /** Answers whether its effect was proven and everybody came back from it. */
  readonly oneLie: (scenario: Scenario<Needs>, drawn: Drawn) => Promise<boolean>
}

/**
 * Tells every lie with every reach, in an order of chance: each is a repeat, and there are as many as the plan asks for, but
 * never fewer than all. After one in which a check failed, or that struck nothing, there is no other: the verdict is known.
 */
export async function everyLie<Needs extends Capability>(
  given: Scenario<Needs>,
  { targetOf, oneLie }: Telling<Needs>,
): Promise<void> {
  const { repeats, scale, seed } = given
  let isWell = true
  const check: typeof given.observe.check = (claim, holds, ...seen) => {
    isWell &&= holds
    given.observe.check(claim, holds, ...seen)
  }
  const journal = runJournal()
  try {
    const rounds = Math.ceil(repeats / reachingLies.length) * scale
    for (let round = 0; round < rounds; round += 1) {
      given.progress(round, rounds)
      const world = `world-${round}`
      const random = randomFrom(`${seed}/${world}`)
      const target = await targetOf(round, `${seed}/${world}`)
      const scenario = { ...given, target, observe: { ...given.observe, check } }
      for (const kind of shuffled(reachingLies, random)) {
        isWell &&= await oneLie(scenario, { kind, random: random.stream(nameOf(kind)), journal, world })
        if (!isWell) return
      }
    }
  } finally {
    journal.close()
  }
}
