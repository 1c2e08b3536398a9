/**
 * Faults on one host's processes: mesh faults through the target's control plane, and SIGKILL from
 * outside for a supervised process. Only a pid that the target itself reports is ever signalled, and
 * only a process that its supervisor will start again: that restart is the undo.
 */
import type { Clock } from '../../suites/contract/clock.ts'
import type { Component } from '../../suites/contract/control.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Applied, Driver, FaultOrder } from '../lease.ts'
import { controlPlaneDriver, controlPlaneSupports } from './control-plane.ts'
import { demandLabel, type Breakable } from './label.ts'

export type ProcessDriverOptions = Breakable & {
  readonly clock: Clock
  /** Sends SIGKILL; replaced in tests. */
  readonly kill?: (pid: number) => void
}

const pollMs = 20

export function processSupports(primitive: string): true | string {
  if (primitive === 'coordinator-crash') return 'a coordinator that is a process is killed from outside: kill'
  return primitive === 'kill' || controlPlaneSupports(primitive)
}

/** Faults through the control plane, and `kill` of one component by its pid. */
export function processDriver(options: ProcessDriverOptions): Driver {
  const through = controlPlaneDriver('process', options)
  const killer = killDriver(options)
  const of = (applied: Applied): Driver => (applied.id.startsWith('kill:') ? killer : through)
  return {
    name: 'process',
    supports: processSupports,
    arm: (order) => (order.strike.fault === 'kill' ? killer.arm(order) : through.arm(order)),
    inject: (order) => (order.strike.fault === 'kill' ? killer.inject(order) : through.inject(order)),
    renew: (applied) => of(applied).renew(applied),
    undo: (applied) => of(applied).undo(applied),
  }
}

function killDriver(options: ProcessDriverOptions): Driver {
  const { control, clock, kill = (pid) => process.kill(pid, 'SIGKILL') } = options
  const victims = new Map<string, { readonly component: Component; readonly leaseMs: number }>()
  const components = async () => expectOk('components', await control.components({}))
  const find = async ({ strike }: FaultOrder): Promise<Component & { pid: number }> => {
    if (strike.fault !== 'kill') throw new Error(`This driver only kills, it can't ${strike.fault}.`)
    const { pid } = strike.scope
    const found = (await components()).find((component) => component.pid === pid && component.state === 'up')
    if (found === undefined || found.pid === null) {
      throw new Error(`No component of the target that is up has pid ${pid}: choose one that components() reports.`)
    }
    return { ...found, pid: found.pid }
  }
  const restarted = async (component: Component): Promise<boolean> =>
    (await components()).some(
      ({ role, instance, starts, state }) =>
        role === component.role && instance === component.instance && starts > component.starts && state === 'up',
    )
  return {
    name: 'process',
    supports: (primitive) => primitive === 'kill' || `this driver only kills, it can't ${primitive}`,
    arm: async (order) => {
      demandLabel(options)
      const { role, instance } = await find(order)
      return `the target's supervisor starts ${role} ${instance} again`
    },
    inject: async (order) => {
      const { leaseMs } = order
      const component = await find(order)
      const atMs = clock.nowMs()
      kill(component.pid)
      const id = `kill:${component.role}/${component.instance}/${component.starts}`
      victims.set(id, { component, leaseMs })
      return { id, atMs }
    },
    // A dead process needs no renewal: it stays dead until its supervisor acts.
    renew: async () => undefined,
    undo: async ({ id }) => {
      const victim = victims.get(id)
      if (victim === undefined) throw new Error(`Nothing was killed under the name ${id}.`)
      const deadlineMs = clock.nowMs() + victim.leaseMs
      while (clock.nowMs() < deadlineMs) {
        if (await restarted(victim.component)) return { atMs: clock.nowMs(), residue: [] }
        await clock.sleep(pollMs)
      }
      const { role, instance } = victim.component
      return { atMs: clock.nowMs(), residue: [`${role} ${instance} was not started again in ${victim.leaseMs} ms`] }
    },
  }
}
