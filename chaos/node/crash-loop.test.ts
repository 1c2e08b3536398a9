import { sla } from '../../sla.config.ts'
import type { HealingCycle } from '../../suites/contract/healing.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { crash } from '../faults/crash.ts'
import type { Besides } from '../recovery.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'

type Needs = 'mesh' | 'control' | 'healing'

const { fault, during } = sla.chaos.rows['CHAOS-NODE-7']
const loop = { crashes: fault.crashes, downMs: 1_000 * fault.downS, upMs: 1_000 * fault.upS }
const roundMs = loop.downMs + loop.upMs
/** Whom healing tries is drawn by lot, and the last crashes of one loop see a few tries only: their number says little. */
const loopsTogether = 3

/** Links tried on the first two rounds of a loop, and on the last two that another crash ends. */
type Effort = { readonly first: number; readonly last: number }

/** Links that healing tried to make with this node, from either end, in cycles of [fromMs, toMs). */
const effort = (cycles: readonly HealingCycle[], node: string, [fromMs, toMs]: readonly [number, number]): number =>
  cycles
    .filter(({ startedAtMs }) => startedAtMs >= fromMs && startedAtMs < toMs)
    .flatMap(({ actions }) => actions)
    .filter(({ aim, subject, verified }) => verified === null && aim === 'link' && subject.split('>').includes(node))
    .length

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

/** Whether healing held back in the last loops together; fewer of them say nothing yet. */
function isHeldBack({ observe }: Scenario<Needs>, loops: readonly Effort[]): boolean {
  if (loops.length < loopsTogether) return true
  const efforts = loops.slice(-loopsTogether)
  const [first, last] = [sum(efforts.map((effort) => effort.first)), sum(efforts.map((effort) => effort.last))]
  const holds = efforts.every((effort) => effort.first > 0) && last <= during.effortShareMax * first
  observe.check(
    `healing spends on the last crashes of a loop at most ${during.effortShareMax} of what it spent on the first`,
    holds,
    `${last} links tried after ${first}, in ${loopsTogether} loops`,
  )
  return holds
}

/** The silence of its first crash proves no loop: a node that is down once and stays so is no trial of healing. */
function provenLoop(observe: Scenario<Needs>['observe'], returns: number): void {
  const asked = loop.crashes - 1
  observe.premise({
    claim: 'fault effect',
    measured: returns >= asked / 2 ? 0 : 1,
    limit: 0,
    unit: 'loops without return',
    noise: false,
    detail: `the node came back ${returns} of ${asked} times between its crashes`,
  })
}

/** What healing spends on nodes that keep crashing; `loops` gets one more with each. */
async function effortOf(
  scenario: Scenario<Needs>,
  { healing }: Scenario<Needs>['target'],
  loops: Effort[],
): Promise<Besides> {
  const { observe, log } = scenario
  let cursor = expectOk('healingCycles', await healing.healingCycles({ after: -1 })).next
  let struck = { atMs: 0, victim: '' }
  let [returns, wasUp] = [0, true]
  return {
    begin: () => undefined,
    struck: ({ atMs, scope: { nodes: [victim = ''] = [] } }) => {
      struck = { atMs, victim }
      ;[returns, wasUp] = [0, false]
    },
    see: (nodes) => {
      const isUp = nodes.some(({ id, state }) => id === struck.victim && state === 'up')
      if (isUp && !wasUp) returns += 1
      wasUp = isUp
    },
    atRecovery: async () => undefined,
    end: async () => {
      const { next, cycles, dropped } = expectOk('healingCycles', await healing.healingCycles({ after: cursor }))
      cursor = next
      const record = { claim: 'receipts complete', limit: 0, unit: 'cycle records dropped', noise: true } as const
      observe.premise({ ...record, measured: dropped })
      provenLoop(observe, returns)
      const { atMs, victim } = struck
      const rounds = (from: number, to: number) => effort(cycles, victim, [atMs + from * roundMs, atMs + to * roundMs])
      const [first, last] = [rounds(0, 2), rounds(loop.crashes - 3, loop.crashes - 1)]
      loops.push({ first, last })
      log(`links tried with ${victim}: ${first} at first, ${last} at last`)
      return isHeldBack(scenario, loops)
    },
    stop: async () => undefined,
  }
}

// A node comes back only to crash again: each time the others link to it and lose it, for nothing. Healing must hold back
// more and more, and yet take it in within the limit once it stays: recovery counts from its last return.
requirement('CHAOS-NODE-7', ['mesh', 'healing', 'control'], async (scenario) => {
  const loops: Effort[] = []
  await repeatFault(scenario, {
    id: 'CHAOS-NODE-7',
    kind: crash,
    draw: crash.drawLoop(fault.crashed, loop),
    forMs: (random) => loop.crashes * roundMs - loop.upMs + random.integer(0, 1_000),
    besides: (_, world) => effortOf(scenario, world, loops),
  })
  scenario.observe.premise({
    claim: 'samples enough',
    measured: Math.max(0, loopsTogether - loops.length),
    limit: 0,
    unit: 'loops missing',
    noise: false,
  })
})
