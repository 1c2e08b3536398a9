import { sla } from '../../sla.config.ts'
import type { HealingCycle } from '../../suites/contract/healing.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { requirement, type Scenario } from '../../suites/requirement.ts'
import { crash } from '../faults/crash.ts'
import type { Besides } from '../recovery.ts'
import { nodesOf, repeatFault } from '../repeats.ts'

type Needs = 'mesh' | 'control' | 'healing'

const { fault, during } = sla.chaos.rows['CHAOS-NODE-7']
const loop = { crashes: fault.crashes, downMs: 1_000 * fault.downS, upMs: 1_000 * fault.upS }
const roundMs = loop.downMs + loop.upMs

/** Links that healing tried to make with this node, from either end, in cycles of [fromMs, toMs). */
const effort = (cycles: readonly HealingCycle[], node: string, [fromMs, toMs]: readonly [number, number]): number =>
  cycles
    .filter(({ startedAtMs }) => startedAtMs >= fromMs && startedAtMs < toMs)
    .flatMap(({ actions }) => actions)
    .filter(({ aim, subject, verified }) => verified === null && aim === 'link' && subject.split('>').includes(node))
    .length

/** What healing spends on a node that keeps crashing: on its first two rounds, and on the last two that another crash ends. */
async function effortOf({ observe, log }: Scenario<Needs>, { healing }: Scenario<Needs>['target']): Promise<Besides> {
  let cursor = expectOk('healingCycles', await healing.healingCycles({ after: -1 })).next
  let struck = { atMs: 0, victim: '' }
  return {
    begin: () => undefined,
    struck: ({ atMs, scope: { nodes: [victim = ''] = [] } }) => {
      struck = { atMs, victim }
    },
    atRecovery: async () => undefined,
    end: async () => {
      const { next, cycles, dropped } = expectOk('healingCycles', await healing.healingCycles({ after: cursor }))
      cursor = next
      const record = { claim: 'receipts complete', limit: 0, unit: 'cycle records dropped', noise: false } as const
      observe.premise({ ...record, measured: dropped })
      const { atMs, victim } = struck
      const rounds = (from: number, to: number) => effort(cycles, victim, [atMs + from * roundMs, atMs + to * roundMs])
      const [first, last] = [rounds(0, 2), rounds(loop.crashes - 3, loop.crashes - 1)]
      const isHeldBack = first > 0 && last <= during.effortShareMax * first
      observe.check(
        `healing spends on the last crashes of a loop at most ${during.effortShareMax} of what it spent on the first`,
        isHeldBack,
        `${last} links tried after ${first}`,
      )
      log(`links tried with ${victim}: ${first} at first, ${last} at last`)
      return isHeldBack
    },
    stop: async () => undefined,
  }
}

// A node comes back only to crash again: each time the others link to it and lose it, for nothing. Healing must hold back
// more and more, and yet take it in within the limit once it stays: recovery counts from its last return.
requirement('CHAOS-NODE-7', ['mesh', 'healing', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NODE-7',
    kind: crash,
    draw: crash.drawLoop(fault.crashed, loop),
    forMs: (random) => loop.crashes * roundMs - loop.upMs + random.integer(0, 1_000),
    nodes: nodesOf(scenario, 'CHAOS-NODE-7'),
    besides: (_, world) => effortOf(scenario, world),
  }),
)
