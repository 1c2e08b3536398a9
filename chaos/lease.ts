/**
 * No fault without a lease. The order is fixed: the intent goes into a journal on disk, the undo that
 * works without us is armed, the fault is injected, its effect is proven, the scenario runs (and
 * renews), the fault is undone, its absence is proven. Whoever finds a journal that ends before
 * `gone` knows what was done to whom and when it ends by itself.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock } from '../suites/contract/clock.ts'
import type { Fault } from '../suites/contract/control.ts'
import type { EffectProof } from './effect.ts'
import { watchEnding, type Ending } from './ending.ts'

/** What a driver does: a fault of the target's own, or SIGKILL for one of its processes. */
export type Strike = Fault | { readonly fault: 'kill'; readonly scope: { readonly pid: number } }

export type FaultOrder = {
  /** Its name in the catalogue: several faults are one primitive with different scopes. */
  readonly fault: string
  readonly strike: Strike
  /** The fault ends by itself so long after the last renewal. */
  readonly leaseMs: number
  /** Faults of the same scenario, by id, on top of which this one comes. */
  readonly along?: readonly string[]
}
export type Applied = { readonly id: string; readonly atMs: number }
export type Undone = { readonly atMs: number; readonly residue: readonly string[] }

/** A way to do a fault and to undo it, on one tier. Each verb rejects with what to do when it can't. */
export type Driver = {
  readonly name: string
  /** True, or why this driver can't express faults of this primitive; `isCut`: those that let nothing pass while they last. */
  readonly supports: (primitive: string, isCut?: boolean) => true | string
  /** Arms what undoes the fault if this process dies, and tells what that is. */
  readonly arm: (order: FaultOrder) => Promise<string>
  readonly inject: (order: FaultOrder) => Promise<Applied>
  readonly renew: (applied: Applied) => Promise<void>
  readonly undo: (applied: Applied) => Promise<Undone>
}

export type LeaseStep =
  | 'intent'
  | 'armed'
  | 'injected'
  | 'effect'
  | 'no effect'
  | 'renewed'
  | 'aborted'
  | 'undone'
  | 'gone'
  | 'residue'
export type JournalEntry = {
  readonly step: LeaseStep
  readonly fault: string
  readonly atMs: number
  readonly detail: string
  /** With the intent only: who was to be hit, and when it ends by itself. */
  readonly order?: FaultOrder
}
/** `write` answers once the entry is durable. */
export type Journal = {
  readonly write: (entry: JournalEntry) => void
  readonly close: () => void
  /** Of the run that it belongs to. Absent: nobody can ask for it. */
  readonly ending?: Ending
}

/** NDJSON, each line synced to disk before the call ends. */
export function fileJournal(file: string): Journal {
  mkdirSync(dirname(file), { recursive: true })
  const descriptor = openSync(file, 'a')
  return {
    write: (entry) => {
      writeSync(descriptor, `${JSON.stringify(entry)}\n`)
      fsyncSync(descriptor)
    },
    close: () => closeSync(descriptor),
  }
}

export const journalName = 'faults.ndjson'

/** The journal of the run that this worker belongs to, and whether that is to end. */
export function runJournal(): Journal {
  const directory = process.env['MESHCERT_RUN']
  if (directory === undefined) {
    throw new Error('No run directory for the fault journal: chaos runs through `npx meshcert gate` or `certify`.')
  }
  const ending = watchEnding(directory)
  const journal = fileJournal(join(directory, journalName))
  const close = (): void => {
    ending.close()
    journal.close()
  }
  return { ...journal, close, ending }
}

/** Why and when, in ms on the clock of the run, a fault was undone before its time. */
export type Aborted = { readonly atMs: number; readonly because: string }

/** What became of one leased fault; the shape of the evidence's fault records. */
export type LeaseRecord = {
  readonly fault: string
  readonly driver: string
  readonly scope: Readonly<Record<string, unknown>>
  readonly leaseMs: number
  readonly injectedAtMs: number
  readonly effectProvenAtMs: number | null
  readonly undoneAtMs: number | null
  readonly residue: readonly string[]
  /** Absent: it was held to its end. */
  readonly aborted?: Aborted
}

/** What the scenario holds while the fault is in force. */
export type HeldLease = {
  readonly applied: Applied
  /** Renews when a third of the lease has passed: call it in every loop that waits. */
  readonly renew: () => Promise<void>
  /** Undoes now, for a fault whose end is part of the scenario; later calls answer the same. */
  readonly end: () => Promise<Undone>
  /** Undoes now what does more than it may; its row can't pass any more. */
  readonly abort: (because: string) => Promise<void>
  /** Null: nobody had to. */
  readonly aborted: () => Aborted | null
}

export type LeaseOptions<T> = {
  readonly driver: Driver
  readonly order: FaultOrder
  readonly clock: Clock
  readonly journal: Journal
  readonly prove: (lease: HeldLease) => Promise<EffectProof>
  /** Runs only when the effect is proven. */
  readonly run: (lease: HeldLease) => Promise<T>
  /** Whether the effect is gone after the undo; answers what is left of it. */
  readonly proveUndone: () => Promise<readonly string[]>
}

export type LeaseEnd<T> = { readonly value: T | null; readonly proof: EffectProof; readonly record: LeaseRecord }

/** Runs one fault through the whole order; whatever happens in between, the undo is tried. */
export async function underLease<T>(options: LeaseOptions<T>): Promise<LeaseEnd<T>> {
  const { driver, order, clock, journal } = options
  const { ending } = journal
  if (ending?.isAsked() === true) return forGood()
  const note = (step: LeaseStep, detail: string) =>
    journal.write({ step, fault: order.fault, atMs: clock.nowMs(), detail })
  journal.write({ step: 'intent', fault: order.fault, atMs: clock.nowMs(), detail: driver.name, order })
  note('armed', await driver.arm(order))
  const applied = await driver.inject(order)
  note('injected', applied.id)
  const held = hold(options, applied, note)
  let proof: EffectProof = { proven: false, provenAtMs: null, seen: 'the proof did not end' }
  let value: T | null = null
  let undone: Undone
  let isCut = false
  const course = async (): Promise<void> => {
    proof = await options.prove(held)
    if (isCut) return
    note(proof.proven ? 'effect' : 'no effect', proof.seen)
    if (proof.proven) value = await options.run(held)
  }
  try {
    isCut = (await Promise.race([course(), ...(ending === undefined ? [] : [ending.asked])])) === 'asked'
    if (isCut) note('aborted', 'the run was ended')
  } finally {
    undone = await held.end()
  }
  if (isCut) return forGood()
  const residue = [...undone.residue, ...(await options.proveUndone())]
  note(residue.length === 0 ? 'gone' : 'residue', residue.join('; '))
  const aborted = held.aborted()
  const record = {
    fault: order.fault,
    driver: driver.name,
    scope: { ...order.strike.scope },
    leaseMs: order.leaseMs,
    injectedAtMs: applied.atMs,
    effectProvenAtMs: proof.provenAtMs,
    undoneAtMs: undone.atMs,
    residue,
    ...(aborted && { aborted }),
  }
  return { value, proof, record }
}

/** What waits for the end of its process: a row of a run that is being ended is not recorded, so that it can be run again. */
const forGood = (): Promise<never> => new Promise(() => undefined)

function hold(
  { driver, order, clock }: Pick<LeaseOptions<unknown>, 'driver' | 'order' | 'clock'>,
  applied: Applied,
  note: (step: LeaseStep, detail: string) => void,
): HeldLease {
  let renewedAtMs = applied.atMs
  let ended: Promise<Undone> | null = null
  const undo = async (): Promise<Undone> => {
    const undone = await driver.undo(applied)
    note('undone', applied.id)
    return undone
  }
  let aborted: Aborted | null = null
  const end = (): Promise<Undone> => (ended ??= undo())
  return {
    applied,
    renew: async () => {
      if (ended !== null || clock.nowMs() - renewedAtMs < order.leaseMs / 3) return
      await driver.renew(applied)
      renewedAtMs = clock.nowMs()
      note('renewed', applied.id)
    },
    end,
    abort: async (because) => {
      aborted ??= { atMs: clock.nowMs(), because }
      note('aborted', because)
      await end()
    },
    aborted: () => aborted,
  }
}
