import { readdirSync, readFileSync } from 'node:fs'
import { sla } from '../../sla.config.ts'
import type { Premise } from '../../suites/evidence/record.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import type { PlannedRow } from '../verdict/plan.ts'
import { isTimed } from './plan-rows.ts'

/** Clock ticks per second in `/proc`: USER_HZ, 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

/**
 * Processor time of the whole machine and of one run's processes, in ticks since boot. Reading the processes takes time
 * itself, much of it where the reader has to wait for a processor: the machine is read before and after them.
 */
export type ProcessorTime = {
  readonly machine: number
  readonly run: number
  readonly machineAfter: number
  readonly atMs: number
}

type Process = { readonly pid: number; readonly parent: number; readonly ticks: number }

/** A process with its own time and that of children it has waited for; null once it is gone. */
function processOf(pid: number): Process | null {
  try {
    // The name in brackets may hold spaces; what follows it does not.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    return { pid, parent: Number(fields[1]), ticks }
  } catch {
    return null
  }
}

/** Everything below some processes, themselves included. */
function treeOf(roots: ReadonlySet<number>, all: readonly Process[]): readonly Process[] {
  const inside = new Set(roots)
  for (let grew = true; grew;) {
    const found = all.filter(({ pid, parent }) => inside.has(parent) && !inside.has(pid))
    for (const { pid } of found) inside.add(pid)
    grew = found.length > 0
  }
  return all.filter(({ pid }) => inside.has(pid))
}

/** User, nice, system and steal (time that a hypervisor took away); interrupts are left out, for nobody can say whose they are. */
function readMachine(): number {
  const [, user = 0, nice = 0, system = 0, , , , , steal = 0] = (
    readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? ''
  )
    .split(/\s+/)
    .map(Number)
  return user + nice + system + steal
}

/** Reads the machine's time and that of the processes below `roots`. */
export function readProcessorTime(roots: ReadonlySet<number>): ProcessorTime {
  const machine = readMachine()
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processOf(Number(name)) ?? [])
  const run = treeOf(roots, all).reduce((sum, { ticks }) => sum + ticks, 0)
  return { machine, run, machineAfter: readMachine(), atMs: Number(process.hrtime.bigint()) / 1e6 }
}

/** Cores in use over one look, by others and by the run itself. Below zero is an error of reading that a look beside it has too. */
export type Look = { readonly seconds: number; readonly foreign: number; readonly run: number }

const lookOf = (from: ProcessorTime, to: ProcessorTime, machine: number): Look => {
  const seconds = Math.max(1e-3, (to.atMs - from.atMs) / 1_000)
  const run = to.run - from.run
  const cores = (ticks: number): number => ticks / ticksPerSecond / seconds
  return { seconds, foreign: cores(machine - run), run: cores(run) }
}

/** Between two readings, others as far as they are certain: what the machine did while processes were read may have been the run's. */
export const certainlyBetween = (from: ProcessorTime, to: ProcessorTime): Look =>
  lookOf(from, to, to.machine - from.machineAfter)

/** The premise that nobody else used the machine while something was timed. */
export function foreignLoadPremise(from: ProcessorTime, to: ProcessorTime): Premise {
  const { foreign, seconds } = lookOf(from, to, to.machine - from.machine)
  return {
    claim: 'foreign load',
    measured: Math.max(0, foreign),
    limit: sla.premises.foreignLoadCores,
    unit: 'cores',
    noise: true,
    detail: `processor time of others than this run over ${seconds.toFixed(1)} s`,
  }
}

/**
 * Watches from now on; what is returned ends the watch with the premise. Rows without a promise of time
 * have no such premise, nor has a target that the run did not start: its load can't be told from others'.
 */
export function watchForeignLoad(runner: number | null, { requirement }: PlannedRow): (observe: Observe) => void {
  const row = catalogue.find(({ id }) => id === requirement)
  if (runner === null || row === undefined || !isTimed(row)) return () => undefined
  const roots = new Set([runner])
  const from = readProcessorTime(roots)
  return (observe) => observe.premise(foreignLoadPremise(from, readProcessorTime(roots)))
}
