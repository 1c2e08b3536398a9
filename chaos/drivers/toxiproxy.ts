/**
 * Faults on links that run through a Toxiproxy: latency, jitter, bandwidth and cuts, each way by itself. All other faults go the
 * way that they would go without it. Only proxies that bear the name of a link are struck.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { toxiproxyDetail } from '../../suites/contract/toxiproxy.ts'
import type { Applied, Driver, FaultOrder } from '../lease.ts'
import type { Breakable } from './label.ts'
import { toxiproxyAt, type Toxiproxy } from './toxiproxy-api.ts'
import { leftOf, relaySupports, toxicsOf, watchdogOf } from './toxiproxy-faults.ts'
import { watchedDriver } from './watched-driver.ts'

const watchdogFile = fileURLToPath(new URL('toxiproxy-watchdog.ts', import.meta.url))

function isWatchdog(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('toxiproxy-watchdog.ts')
  } catch {
    return false
  }
}

/** Removes the toxics of watchdogs on this machine that are dead; answers a line for each. */
async function sweep(toxiproxy: Toxiproxy): Promise<readonly string[]> {
  const left = [...(await toxiproxy.list())].flatMap(([proxy, names]) =>
    names.flatMap((name) => {
      const pid = watchdogOf(name)
      return pid === null || isWatchdog(pid) ? [] : [{ proxy, name }]
    }),
  )
  await Promise.all(left.map(({ proxy, name }) => toxiproxy.remove(proxy, name)))
  return left.map(({ proxy, name }) => `the toxic ${name}, whose watchdog was killed, is taken from ${proxy}`)
}

export type Relayable = Breakable & { readonly description: { readonly details: Readonly<Record<string, string>> } }

/** `otherwise`, but faults of links go through the target's Toxiproxy, where it has one that can do them. */
export async function throughToxiproxy(target: Relayable, otherwise: Driver): Promise<Driver> {
  const url = target.description.details[toxiproxyDetail]
  return url === undefined ? otherwise : relayDriver(target, url, otherwise)
}

async function relayDriver(target: Breakable, url: string, otherwise: Driver): Promise<Driver> {
  const toxiproxy = toxiproxyAt(url)
  const relay = watchedDriver({
    name: otherwise.name,
    supports: otherwise.supports,
    target,
    swept: await sweep(toxiproxy),
    plan: async ({ strike, leaseMs }) => {
      const listed = await toxiproxy.list()
      const [foreign] = leftOf(listed, (name) => name.startsWith('meshcert.') && watchdogOf(name) === null)
      if (foreign !== undefined)
        throw new Error(`Somebody else's ${foreign} is in force: wait for its end, or remove it.`)
      const toxics = toxicsOf(strike, listed.keys())
      return {
        file: watchdogFile,
        argument: { url, leaseMs, toxics },
        sweep: () => sweep(toxiproxy),
        takesBack: `the Toxiproxy at ${url}, ${toxics.length} toxics,`,
      }
    },
  })
  const relayed = new Set<string>()
  const goesThrough = ({ strike }: FaultOrder): boolean => relaySupports(strike) === true
  const of = ({ id }: Applied): Driver => (relayed.has(id) ? relay : otherwise)
  return {
    name: otherwise.name,
    supports: otherwise.supports,
    arm: async (order) => {
      const other = [...relayed].find((id) => order.along?.includes(id) !== true)
      if (other !== undefined) throw new Error(`The fault ${other} on links is in force: undo it first.`)
      return (goesThrough(order) ? relay : otherwise).arm(order)
    },
    inject: async (order) => {
      if (!goesThrough(order)) return otherwise.inject(order)
      const applied = await relay.inject(order)
      relayed.add(applied.id)
      return applied
    },
    renew: (applied) => of(applied).renew(applied),
    undo: (applied) => {
      const driver = of(applied)
      relayed.delete(applied.id)
      return driver.undo(applied)
    },
  }
}
