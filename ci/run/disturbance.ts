/** Second by second, what others take of the machine while a row takes its samples. */
import { availableParallelism } from 'node:os'
import { sla } from '../../sla.config.ts'
import type { Scenario } from '../../suites/requirement.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { undisturbedName } from '../verdict/disturbance.ts'
import { certainlyBetween, readProcessorTime, type Look, type ProcessorTime } from './foreign-load.ts'

const lookMs = 1_000
/** The kernel looks so often who is on each core (`CONFIG_HZ` is 100 at the least), and counts the machine's time by that. */
const samplesPerSecond = 100

const { ofIdle, atLeastCores, standardErrors, afterS, lookAtLeastS } = sla.premises.disturbance

function together(a: Look, b: Look): Look {
  const seconds = a.seconds + b.seconds
  const mean = (key: 'foreign' | 'run') => (a[key] * a.seconds + b[key] * b.seconds) / seconds
  return { seconds, foreign: mean('foreign'), run: mean('run') }
}

/** A tick is a tenth of a core to a look of 100 ms: what is short belongs to the look before it, or the one after where none is. */
function wholeLooks(looks: readonly Look[]): readonly Look[] {
  const whole: Look[] = []
  for (const look of looks) {
    const last = whole.at(-1)
    if (last === undefined || Math.min(last.seconds, look.seconds) >= lookAtLeastS) whole.push(look)
    else whole.splice(-1, 1, together(last, look))
  }
  return whole.filter(({ seconds }) => seconds >= lookAtLeastS)
}

/** An error of one reading is in both looks beside it, with either sign: what one of them lacks was never in the other. */
const settled = (looks: readonly Look[]): readonly Look[] =>
  looks.map((look, place) => {
    const lacking = [looks[place - 1], looks[place + 1]].map((beside) =>
      beside === undefined ? 0 : Math.max(0, -beside.foreign * beside.seconds),
    )
    return { ...look, foreign: look.foreign - lacking.reduce((sum, cores) => sum + cores, 0) / look.seconds }
  })

/** Standard error of the machine's cores in use: of each core a sample a tick, as if each were drawn by itself. */
function errorOf({ seconds, foreign, run }: Look, machineCores: number): number {
  const samples = machineCores * samplesPerSecond * seconds
  const busy = Math.min(1, Math.max(0, (foreign + run) / machineCores))
  return machineCores * Math.sqrt((busy * (1 - busy)) / samples)
}

/** Whether others took what the run needed. A run that needs nearly all of the machine is disturbed by little, one that needs little only by much. */
const isStruck = (look: Look, machineCores: number): boolean =>
  look.foreign >
  Math.max(atLeastCores, ofIdle * Math.max(0, machineCores - look.run), standardErrors * errorOf(look, machineCores))

/**
 * How many ms of successive looks were disturbed: each in which others took what the run needed, at its own length, and the
 * seconds after it, in which what had to wait is worked off.
 */
export function disturbedMs(looks: readonly Look[], machineCores: number): number {
  let [atS, untilS, disturbedS] = [0, 0, 0]
  for (const look of settled(wholeLooks(looks))) {
    const endS = atS + look.seconds
    if (isStruck(look, machineCores)) {
      disturbedS += look.seconds
      untilS = endS + afterS
    } else disturbedS += Math.max(0, Math.min(untilS, endS) - atS)
    atS = endS
  }
  return disturbedS * 1_000
}

/** Records how much of the time between the first of some readings and the last others left to the run, and what they took. */
export function observeDisturbance(
  observe: Pick<Observe, 'proportion' | 'count'>,
  readings: readonly ProcessorTime[],
  machineCores: number,
): void {
  const looks = readings.slice(1).map((to, place) => certainlyBetween(readings[place] ?? to, to))
  const tookS = looks.reduce((sum, { seconds }) => sum + seconds, 0)
  // An excuse is rounded down.
  observe.proportion(
    undisturbedName,
    Math.ceil(tookS * 1_000 - disturbedMs(looks, machineCores)),
    Math.ceil(tookS * 1_000),
  )
  const whole = wholeLooks(looks)
  const mean = looks.reduce((sum, { foreign, seconds }) => sum + foreign * seconds, 0) / tookS
  const perLook = whole.map(({ foreign }) => Math.round(foreign * 1_000) / 1_000)
  observe.count('cores that others used', 'cores', Math.max(0, mean), tookS, perLook)
}

/** Watches while `work` goes on, and records how much of its time others left to the run. */
export const watchDisturbance =
  (runner: number, observe: Pick<Observe, 'proportion' | 'count'>): Scenario['measuring'] =>
  async (work) => {
    const roots = new Set([runner])
    const readings = [readProcessorTime(roots)]
    const look = () => void readings.push(readProcessorTime(roots))
    const timer = setInterval(look, lookMs)
    try {
      return await work()
    } finally {
      clearInterval(timer)
      look()
      observeDisturbance(observe, readings, availableParallelism())
    }
  }
