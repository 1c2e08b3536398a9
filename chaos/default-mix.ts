/**
 * The default mix: what a random schedule is drawn from when nobody says otherwise. Faults of every kind of the catalogue,
 * of strengths that a mesh should bear, overlapping as chance has it; and swizzles: some nodes are cut off one after the
 * other and come back in another order.
 */
import { sla } from '../sla.config.ts'
import { misdeeds, type FaultScope } from '../suites/contract/control.ts'
import { randomFrom, type Random } from '../suites/contract/random.ts'
import type { FaultKind } from './effect.ts'
import type { FaultPlan, FaultStep } from './fault-plan.ts'
import { bandwidth } from './faults/bandwidth.ts'
import { burstyLoss } from './faults/bursty-loss.ts'
import { clockSkew } from './faults/clock-skew.ts'
import { compromise } from './faults/compromise.ts'
import { crash } from './faults/crash.ts'
import { cryptoErrors } from './faults/crypto-errors.ts'
import { flapping } from './faults/flapping.ts'
import { isolation } from './faults/isolation.ts'
import { keyRotation } from './faults/key-rotation.ts'
import { latency } from './faults/latency.ts'
import { loss } from './faults/loss.ts'
import { mangling } from './faults/mangling.ts'
import { oneWayCut } from './faults/one-way-cut.ts'
import { partition } from './faults/partition.ts'
import { pause } from './faults/pause.ts'
import { slow } from './faults/slow.ts'
import { zoneCut } from './faults/zone-cut.ts'
import { lossRefusal, nodesLost, nodesTaken, RefusedPlan } from './guards.ts'
import { shuffled } from './schedule.ts'

const { schedule } = sla.chaos

/** Draws a scope among these nodes. */
type Draw = (nodes: readonly string[], random: Random) => FaultScope

/** So often a few nodes change the keys of more links than all others at their own pace. */
const rotateEveryMs = 250

const some = (random: Random, nodes: readonly string[], share: number): number =>
  random.integer(1, Math.max(1, Math.floor(nodes.length * share)))
const percent = (random: Random, from: number, to: number): number => random.integer(from, to) / 100

/**
 * Every fault of the catalogue that strikes the mesh; outages of the authority and of the learning coordinator strike none of
 * its nodes. Each draw takes any of them with the same chance, but one that would take too many nodes with those already
 * struck is dropped: faults of many nodes come up less often. Isolations come up in swizzles as well.
 */
export const mix: readonly { readonly kind: FaultKind; readonly draw: Draw }[] = [
  { kind: crash, draw: (nodes, random) => crash.draw(some(random, nodes, 0.15))(nodes, random) },
  { kind: pause, draw: (nodes, random) => pause.draw(some(random, nodes, 0.15))(nodes, random) },
  { kind: slow, draw: (nodes, random) => slow.draw(1, percent(random, 20, 40))(nodes, random) },
  { kind: compromise, draw: (nodes, random) => compromise.draw(1, drawMisdeeds(random))(nodes, random) },
  {
    kind: cryptoErrors,
    draw: (nodes, random) => cryptoErrors.draw(some(random, nodes, 0.1), percent(random, 5, 20))(nodes, random),
  },
  {
    kind: clockSkew,
    draw: (nodes, random) =>
      clockSkew.draw(some(random, nodes, 0.15), (random.integer(0, 1) === 0 ? -1 : 1) * random.integer(2_000, 120_000))(
        nodes,
        random,
      ),
  },
  {
    kind: keyRotation,
    // No node is lost to it, but what begins it ends it: other faults have nodes of their own.
    draw: (nodes, random) =>
      keyRotation.draw(rotateEveryMs)(shuffled(nodes, random).slice(0, some(random, nodes, 0.15))),
  },
  { kind: isolation, draw: (nodes, random) => isolation.draw(some(random, nodes, 0.15))(nodes, random) },
  { kind: oneWayCut, draw: (nodes, random) => oneWayCut.draw(some(random, nodes, 0.15))(nodes, random) },
  { kind: partition, draw: (nodes, random) => partition.draw(random.integer(2, 3))(nodes, random) },
  { kind: zoneCut, draw: (nodes, random) => zoneCut.draw({ zones: 4, cut: random.integer(1, 2) })(nodes, random) },
  { kind: flapping, draw: flapping.draw({ partitions: 3, flapPeriodS: 1 }) },
  {
    kind: latency,
    draw: (nodes, random) => {
      // Jitter that busy machines don't drown: its effect must show.
      const delayMs = random.integer(40, 200)
      const asked = { delayMs, jitterMs: random.integer(Math.floor(delayMs / 4), Math.floor(delayMs / 2)) }
      return random.integer(0, 1) === 0 ? latency.everywhere(asked)() : latency.oneWay(asked, 1 / 3)(nodes, random)
    },
  },
  { kind: loss, draw: (_, random) => loss.draw(percent(random, 10, 50))() },
  { kind: burstyLoss, draw: (_, random) => burstyLoss.draw({ share: percent(random, 20, 60), meanBurst: 15 })() },
  {
    kind: bandwidth,
    // Beacons alone are 10,500 bits a second on a link of the reference, their headers included.
    draw: (_, random) =>
      bandwidth.draw({ bitsPerS: random.integer(5_000, 7_000), holdsMs: random.integer(400, 800) })(),
  },
  {
    kind: mangling,
    draw: (_, random) =>
      mangling.draw({
        reorder: percent(random, 10, 30),
        duplicate: percent(random, 5, 20),
        corrupt: percent(random, 2, 5),
        // Held back for less than the 60 ms from one beacon of a link to its next, none would be overtaken.
        heldBackMs: random.integer(100, 200),
      })(),
  },
]

/** Without reused counters: where another fault has lost what was sent first, what is sent next under its counter is the first to come. */
const drawable = misdeeds.filter((misdeed) => misdeed !== 'counter-reused')

const drawMisdeeds = (random: Random) => {
  const drawn = drawable.filter(() => random.integer(0, 1) === 1)
  return drawn.length === 0 ? [...drawable] : drawn
}

const kinds = new Map(mix.map(({ kind }) => [kind.name, kind]))

/** The fault of this name; throws with the names that there are. */
export function kindNamed(name: string): FaultKind {
  const kind = kinds.get(name)
  if (kind === undefined)
    throw new RefusedPlan(`no fault is called "${name}". Choose one of ${[...kinds.keys()].join(', ')}.`)
  return kind
}

type Drawing = { readonly random: Random; readonly nodes: readonly string[]; readonly safetyMs: number }

/** In a short safety phase no fault takes more than half of it. */
const longestMs = ({ safetyMs }: Drawing): number =>
  Math.min(schedule.faultMs.to, Math.floor((safetyMs - schedule.leadMs) / 2))

/** When a fault begins and how long it lasts, so that it is over with the safety phase. */
function drawTime(drawing: Drawing): { readonly atMs: number; readonly forMs: number } {
  const { random, safetyMs } = drawing
  const forMs = random.integer(schedule.faultMs.from, longestMs(drawing))
  return { atMs: random.integer(schedule.leadMs, safetyMs - forMs), forMs }
}

function drawFault(drawing: Drawing, sofar: readonly FaultStep[]): FaultStep | null {
  const { random, nodes } = drawing
  const { kind, draw } = mix[random.integer(0, mix.length - 1)] ?? {}
  if (kind === undefined || draw === undefined) return null
  const time = drawTime(drawing)
  const taken = nodesTaken(sofar, time)
  const free = nodes.filter((node) => !taken.has(node))
  // Only who is struck itself must be free; a cut that left out the others would be none: they could bridge it.
  const struck = draw(free, random)
  const scope = struck.nodes === undefined ? draw(nodes, random) : struck
  const step: FaultStep = { ...time, fault: kind.name, scope }
  return lossRefusal(nodesLost([...sofar, step], time, nodes), nodes) === null ? step : null
}

/** Three nodes, fewer of a small mesh, are cut off one after the other, in one order, and come back in another. */
function swizzle(drawing: Drawing): FaultStep[] {
  const { random, nodes, safetyMs } = drawing
  const victims = shuffled(nodes, random).slice(0, Math.min(3, Math.floor(nodes.length * schedule.takenShareMax)))
  const back = shuffled(victims, random)
  const fromMs = random.integer(schedule.leadMs, safetyMs - longestMs(drawing))
  const everyMs = Math.floor(longestMs(drawing) / (2 * victims.length))
  return victims.map((victim, place): FaultStep => {
    const atMs = fromMs + place * everyMs
    const endMs = fromMs + (victims.length + back.indexOf(victim)) * everyMs
    const scope = isolation.draw(1)([victim], random)
    return { atMs, fault: isolation.name, scope, forMs: endMs - atMs }
  })
}

/** A random schedule of the default mix: the same for the same seed and size, whatever runs it. */
export function drawSchedule(options: {
  readonly seed: string
  readonly nodes: number
  /** Faults and length of the safety phase; the usual ones unless given. */
  readonly faults?: number
  readonly safetyMs?: number
}): FaultPlan {
  const { seed, faults = schedule.faults, safetyMs = schedule.safetyMs } = options
  const random = randomFrom(`${seed}/schedule`)
  const nodes = Array.from({ length: options.nodes }, (_, index) => `node-${index}`)
  const drawing = { random, nodes, safetyMs }
  const steps = random.integer(0, schedule.swizzledOneIn - 1) === 0 ? swizzle(drawing) : []
  while (steps.length < faults) {
    const step = drawFault(drawing, steps)
    if (step !== null) steps.push(step)
  }
  return {
    schema: 'meshcert/fault-plan/v1',
    seed,
    nodes: options.nodes,
    steps: steps.toSorted((one, other) => one.atMs - other.atMs),
  }
}
