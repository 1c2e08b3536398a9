import { fileURLToPath } from 'node:url'
import { sla } from '../../sla.config.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { randomFrom } from '../../suites/contract/random.ts'
import { requirement, type Scenario } from '../../suites/requirement.ts'
import { mix } from '../default-mix.ts'
import { simulationDriver } from '../drivers/simulation.ts'
import type { HeldFault } from '../fault-plan.ts'
import { runJournal } from '../lease.ts'
import { expectedFrom, readNodes, steadyBefore, waitSteady, type Expected } from '../steady.ts'
import { hold } from './holding.ts'

type Needs = 'mesh' | 'control'

const { nodes, leaseS, mechanismRuns, mechanismRepeats, faultRepeats } = sla.chaos.undo
const leaseMs = 1_000 * leaseS
const pollMs = 20
const giveUpMs = 10_000
const module = fileURLToPath(new URL('holding.ts', import.meta.url))

/** Every fault enters through one mechanism, the target's lease: the first fault of the mix stands for it. */
function runsOf({ scope, repeats }: Scenario<Needs>, place: number): number {
  if (scope === 'compressed') return 1
  return place === 0 ? Math.max(mechanismRuns, mechanismRepeats * repeats) : faultRepeats * repeats
}

/** Starts a runner that holds the fault; the answer silences it: by SIGKILL, or in virtual time by never speaking again. */
async function startRunner({ target, apart }: Scenario<Needs>, held: HeldFault) {
  if (apart !== null) {
    const runner = await apart({ module, input: held })
    return { effect: await runner.line(), silence: runner.kill }
  }
  let goesOn = true
  let told: (line: string) => void = () => undefined
  const effect = new Promise<string>((resolve) => {
    told = resolve
  })
  const journal = runJournal()
  const driver = simulationDriver(target.control)
  const holding = hold({ target, driver, journal, held, tell: (line) => told(line), goesOn: () => goesOn })
  holding.catch(() => undefined).finally(() => journal.close())
  return {
    effect: await Promise.race([effect, holding.then(() => 'unseen')]),
    silence: async () => {
      goesOn = false
    },
  }
}

/** Seconds from the end of the lease until the target lists no fault and everyone is up; null: never. */
async function overrunS({ target }: Scenario<Needs>, silencedAtMs: number, healthy: Expected): Promise<number | null> {
  const { control, mesh, clock } = target
  const listed = expectOk('activeFaults', await control.activeFaults({}))
  // Nobody has renewed it since; what the target says of its end can only be sooner.
  const endsAtMs = Math.min(silencedAtMs + leaseMs, ...listed.map(({ expiresAtMs }) => expiresAtMs))
  for (;;) {
    const active = expectOk('activeFaults', await control.activeFaults({}))
    const down = (await readNodes(mesh)).filter(({ id, state }) => healthy.alive.has(id) && state !== 'up')
    const nowMs = clock.nowMs()
    if (active.length === 0 && down.length === 0) return Math.max(0, nowMs - endsAtMs) / 1_000
    if (nowMs - endsAtMs > giveUpMs) return null
    await clock.sleep(pollMs)
  }
}

async function once(scenario: Scenario<Needs>, place: number, run: number): Promise<void> {
  const { target, observe, seed } = scenario
  const { mesh, clock } = target
  const { kind, draw } = mix[place] ?? {}
  if (kind === undefined || draw === undefined) return
  const healthy = expectedFrom(await readNodes(mesh))
  if (!(await steadyBefore(observe, { mesh, clock, expected: healthy }))) return
  const scope = draw([...healthy.alive].toSorted(), randomFrom(`${seed}/${kind.name}/${run}`))
  const { effect, silence } = await startRunner(scenario, { fault: kind.name, scope, leaseMs })
  await silence()
  const silencedAtMs = clock.nowMs()
  observe.premise({
    claim: 'fault effect',
    measured: effect.startsWith('proven') ? 0 : 1,
    limit: 0,
    unit: 'faults without effect',
    noise: false,
    detail: `${kind.name}: ${effect}`,
  })
  observe.measure('undo-after-kill', 's', await overrunS(scenario, silencedAtMs, healthy))
  const again = await waitSteady({ mesh, clock, expected: healthy, heldMs: 0, timeoutMs: 20_000 })
  observe.check(`nothing is left of ${kind.name}`, again === null, again ?? '')
}

// The runner of a fault dies in the middle of it: what it did ends by itself, in time, and leaves nothing behind.
requirement('SELF-UNDO', ['mesh', 'control'], async (scenario) => {
  expectOk('formMesh', await scenario.target.mesh.formMesh({ nodes }))
  for (const [place] of mix.entries()) {
    for (let run = 0; run < runsOf(scenario, place); run += 1) await once(scenario, place, run)
  }
})
