/** A driver whose faults are held by watchdogs, one process each, whatever the faults are. */
import { z } from 'zod'
import type { Driver, FaultOrder } from '../lease.ts'
import { demandLabel, type Breakable } from './label.ts'
import { Watchdog, type WatchdogOptions } from './watchdog.ts'

/** A fault that may be armed: its watchdog, and in words what that will take back. */
export type Planned = WatchdogOptions & { readonly takesBack: string }

export type Watching = {
  readonly name: string
  readonly supports: Driver['supports']
  readonly target: Breakable
  /** What was swept before the first fault, a line each. */
  readonly swept: readonly string[]
  /** Touches nothing; rejects where the fault can not be done, or must not. */
  readonly plan: (order: FaultOrder) => Promise<Planned>
}

const Armed = z.object({ armed: z.literal(true) })
const Injected = z.union([
  z.object({ injected: z.literal(true), atMs: z.number() }),
  z.object({ injected: z.literal(false), why: z.string() }),
])
const Undone = z.object({ undone: z.literal(true), atMs: z.number(), residue: z.array(z.string()) })

export function watchedDriver({ name, supports, target, plan, ...begun }: Watching): Driver {
  const swept = [...begun.swept]
  let armed: Watchdog | undefined
  const watchdogs = new Map<string, Watchdog>()
  const held = (id: string): Watchdog => {
    const found = watchdogs.get(id)
    if (found === undefined) throw new Error(`No fault was injected under the name ${id}.`)
    return found
  }
  return {
    name,
    supports,
    arm: async (order) => {
      demandLabel(target)
      const along = order.along ?? []
      const other = [...watchdogs.keys()].find((id) => !along.includes(id))
      if (other !== undefined) throw new Error(`The fault ${other} on this target is in force: undo it first.`)
      const { takesBack, ...options } = await plan(order)
      armed = new Watchdog(options)
      await armed.next(Armed)
      const armedBy = `a watchdog takes it back from ${takesBack} ${order.leaseMs} ms after the last renewal`
      return [...swept.splice(0), armedBy].join('; ')
    },
    inject: async ({ strike, leaseMs }) => {
      if (armed === undefined) throw new Error('Nothing is armed that would take the fault back: arm it first.')
      const watchdog = armed
      armed = undefined
      watchdog.tell('inject')
      const told = await watchdog.next(z.union([Injected, Undone]))
      if ('undone' in told)
        throw new Error(
          `The lease of ${leaseMs} ms was over before the fault was there, and it is taken back: whoever is to do it is too slow. ${told.residue.join('; ')}`,
        )
      if (!told.injected) throw new Error(told.why)
      const id = `${strike.fault}@${told.atMs}`
      watchdogs.set(id, watchdog)
      return { id, atMs: told.atMs }
    },
    renew: async ({ id }) => held(id).tell('renew'),
    undo: async ({ id }) => {
      const watchdog = held(id)
      watchdogs.delete(id)
      watchdog.tell('undo')
      const { atMs, residue } = await watchdog.next(Undone)
      return { atMs, residue }
    },
  }
}
