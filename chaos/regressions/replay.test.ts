import { sla } from '../../sla.config.ts'
import { randomFrom } from '../../suites/contract/random.ts'
import { requirement, type Scenario } from '../../suites/requirement.ts'
import { drawSchedule, mix } from '../default-mix.ts'
import { planHash, type FaultPlan } from '../fault-plan.ts'
import { keptRegressions } from '../regression.ts'
import { runSchedule } from '../schedule-run.ts'
import { planFault, shuffled } from '../schedule.ts'
import { readNodes } from '../steady.ts'

type Needs = 'mesh' | 'control'

const { seedsPerRepeat, seedsGate, seedsMin, nodes, faults, safetyMs } = sla.chaos.replay

const seedsOf = ({ plan, repeats }: Scenario<Needs>): number => (plan === 'gate' ? seedsGate : repeats * seedsPerRepeat)

async function run(scenario: Scenario<Needs>, plan: FaultPlan, proving: boolean) {
  const target = await scenario.connectBriefly(plan.seed, plan)
  try {
    return await runSchedule({ target, plan, proving })
  } finally {
    await target.close()
  }
}

/** Each seed draws a schedule, and world and schedule run twice; then every regression that was ever kept. */
async function inVirtualTime(scenario: Scenario<Needs>): Promise<void> {
  const { observe, seed } = scenario
  const hashes = new Set<string>()
  for (let number = 0; number < seedsOf(scenario); number += 1) {
    scenario.progress(number, seedsOf(scenario))
    const plan = drawSchedule({ seed: `${seed}/${number}`, nodes, faults, safetyMs })
    const { eventLogHash: first } = await run(scenario, plan, false)
    const { eventLogHash: again } = await run(scenario, plan, false)
    hashes.add(first)
    observe.check(
      `seed ${plan.seed} takes the same course again`,
      first !== '' && first === again,
      `${first} then ${again}`,
    )
  }
  observe.premise({
    claim: 'samples enough',
    measured: scenario.plan === 'gate' ? 0 : Math.max(0, seedsMin - seedsOf(scenario)),
    limit: 0,
    unit: 'seeds missing',
    noise: false,
  })
  // A log that says the same of every world would be the same again, too.
  observe.check('other seeds take other courses', hashes.size === seedsOf(scenario), `${hashes.size} different courses`)
  for (const { name, regression } of keptRegressions()) {
    const { wrong, struck } = await run(scenario, regression.plan, true)
    const unseen = struck.filter(({ proven }) => proven !== true)
    observe.premise({
      claim: 'fault effect',
      measured: unseen.length,
      limit: 0,
      unit: 'faults without effect',
      noise: false,
      detail: `${name}: ${unseen.map(({ fault }) => fault).join(', ')}`,
    })
    observe.check(`regression ${name} is borne again`, wrong.length === 0, wrong.join('; '))
  }
}

/** Live processes have no event log: there a seed gives the same faults again, in whatever order a target lists its nodes. */
async function onProcesses(scenario: Scenario<Needs>): Promise<void> {
  const { target, observe, seed } = scenario
  const ids = (await readNodes(target.mesh)).map(({ id }) => id)
  for (let number = 0; number < seedsOf(scenario); number += 1) {
    const planSeed = `${seed}/${number}`
    const { kind, draw } = mix[number % mix.length] ?? {}
    if (kind === undefined || draw === undefined) throw new Error('The default mix is empty.')
    const planned = (listed: readonly string[]): string =>
      planHash(
        planFault({ seed: planSeed, random: randomFrom(planSeed), nodes: listed, fault: kind.name, forMs: null, draw }),
      )
    const [first, again] = [planned(ids), planned(shuffled(ids, randomFrom(planSeed)))]
    observe.check(`seed ${planSeed} gives the same plan again`, first === again, `${first} then ${again}`)
  }
}

requirement('SELF-REPLAY', ['mesh', 'control'], (scenario) =>
  scenario.tier === 'simulation' ? inVirtualTime(scenario) : onProcesses(scenario),
)
