import { readdirSync, readFileSync } from 'node:fs'
import { sla } from '../../sla.config.ts'
import type { Premise } from '../../suites/evidence/record.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import type { PlannedRow } from '../verdict/plan.ts'
import { isTimed } from './plan-rows.ts'

/** Clock ticks per second in `/proc`: USER_HZ, 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

/** Processor time of the whole machine and of one run's processes, in ticks since boot. */
export type ProcessorTime = { readonly machine: number; readonly run: number; readonly atMs: number }

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

/**
 * Reads both times. The machine's are user, nice, system and steal (time that a hypervisor took away);
 * interrupts are left out, for nobody can say whose they are.
 */
export function readProcessorTime(roots: ReadonlySet<number>): ProcessorTime {
  const [, user = 0, nice = 0, system = 0, , , , , steal = 0] = (
    readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? ''
  )
    .split(/\s+/)
    .map(Number)
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processOf(Number(name)) ?? [])
  const run = treeOf(roots, all).reduce((sum, { ticks }) => sum + ticks, 0)
  return { machine: user + nice + system + steal, run, atMs: Number(process.hrtime.bigint()) / 1e6 }
}

/** Cores in use between two readings: by the run, and by everybody else. */
export function coresBetween(
  from: ProcessorTime,
  to: ProcessorTime,
): { readonly foreign: number; readonly run: number; readonly seconds: number } {
  const seconds = Math.max(1e-3, (to.atMs - from.atMs) / 1_000)
  const cores = (ticks: number): number => Math.max(0, ticks) / ticksPerSecond / seconds
  const run = to.run - from.run
  return { foreign: cores(to.machine - from.machine - run), run: cores(run), seconds }
}

/** The premise that nobody else used the machine while something was timed. */
export function foreignLoadPremise(from: ProcessorTime, to: ProcessorTime): Premise {
  const { foreign, seconds } = coresBetween(from, to)
  return {
    claim: 'foreign load',
    measured: foreign,
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
