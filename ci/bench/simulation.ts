import { randomFrom } from '../../suites/contract/random.ts'

type Kernel = {
  readonly nowMs: number
  readonly ran: { readonly tasks: number; readonly arrivals: number }
  readonly pending: number
  readonly after: (ms: number, task: () => void) => void
  readonly arrive: (atMs: number, slot: number) => void
  readonly carry: (onArrival: () => void) => void
  readonly step: () => void
}
type World = { readonly clock: { readonly sleep: (ms: number) => Promise<void> } }
type WorldOptions = {
  readonly seed: string
  readonly parts: unknown
  readonly planes: readonly string[]
  readonly nodes: number
  readonly kernel: Kernel
}

// The reference is known here by path only, as the default target is.
const room = new URL('../../fixtures/', import.meta.url).href
const { Kernel }: { Kernel: new () => Kernel } = await import(`${room}simulation/kernel.ts`)
const { simulatedTarget }: { simulatedTarget: (options: WorldOptions) => Promise<World> } = await import(
  `${room}simulation/target.ts`
)
type Parts = { readonly mesh: { readonly profiles: readonly { readonly name: string }[] } }
const { referenceParts }: { referenceParts: Parts } = await import(`${room}parts.ts`)

const nodes = 1_000
const stretchMs = 250
const kernel = new Kernel()
const planes = ['control', 'mesh', 'healing']
// The profile of the promised rate, on two modelled processes like the live mesh of that size.
const { profiles } = referenceParts.mesh
const timers = profiles.find(({ name }) => name === 'high-rate')
if (timers === undefined)
  throw new Error('The reference has no profile high-rate: name the one of the full beacon rate.')
const parts = { ...referenceParts, mesh: { ...referenceParts.mesh, timers } }
const { clock } = await simulatedTarget({ seed: 'bench', parts, planes, nodes, kernel })

/** Events of the last stretch that the mesh lived through. */
let seen = { tasks: 0, arrivals: 0, pending: 0 }
async function live(): Promise<void> {
  const { tasks, arrivals } = kernel.ran
  await clock.sleep(stretchMs)
  const { ran, pending } = kernel
  seen = { tasks: ran.tasks - tasks, arrivals: ran.arrivals - arrivals, pending }
}
await live()

const random = randomFrom('bare-kernel')
const delaysMs = Float64Array.from({ length: 4_096 }, () => random.float())

/** As many events of either kind as the mesh had, and as many still to come at any time; they do nothing but make room for the next. */
function bareKernel(): void {
  const bare = new Kernel()
  const left = { tasks: seen.tasks, arrivals: seen.arrivals }
  const delayMs = (at: number): number => delaysMs[at % delaysMs.length] ?? 0
  const schedule = (): void => {
    const arrives = left.arrivals * seen.tasks > left.tasks * seen.arrivals
    if (arrives) {
      left.arrivals -= 1
      bare.arrive(bare.nowMs + delayMs(left.arrivals), 0)
    } else if (left.tasks > 0) {
      left.tasks -= 1
      bare.after(delayMs(left.tasks), schedule)
    }
  }
  bare.carry(schedule)
  for (let event = 0; event < seen.pending; event += 1) schedule()
  while (bare.pending > 0) bare.step()
  const { tasks, arrivals } = bare.ran
  if (tasks !== seen.tasks || arrivals !== seen.arrivals)
    throw new Error(`Only ${tasks} + ${arrivals} events were run.`)
}

/** How much faster than time the mesh is simulated at its full rate, and what share of that work is not protocol. */
export const bench = {
  name: `simulation of ${nodes} nodes at the full beacon rate (simulated; high-rate, costs of the cryptography modelled)`,
  unit: { count: stretchMs, item: 'virtual ms' },
  ours: live,
  baselines: { 'real time': stretchMs, 'bare kernel, the same number of empty events': bareKernel },
  note: () => `${seen.arrivals} arrivals and ${seen.tasks} tasks in the last call, ${seen.pending} pending at its end`,
}
