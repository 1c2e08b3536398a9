/** Faults on TCP links that run through a Toxiproxy, as toxics, and how they are laid and taken back. */
import { hostname } from 'node:os'
import { z } from 'zod'
import { liesOn, severed, type Path, type PathRule } from '../../suites/contract/path.ts'
import { linkEnds } from '../../suites/contract/toxiproxy.ts'
import type { Strike } from '../lease.ts'
import { Toxic, type Toxiproxy } from './toxiproxy-api.ts'
import type { WatchedFault } from './watched-fault.ts'

type Stream = Toxic['stream']
type Effect = Pick<Toxic, 'type' | 'attributes'>

/** A toxic without its name, and the proxy that it lies on. */
const Laid = Toxic.omit({ name: true }).extend({ proxy: z.string() })
export type Laid = z.infer<typeof Laid>

/** What a watchdog is told: its toxics, and where the Toxiproxy is. */
export const Relayed = z.object({ url: z.string(), leaseMs: z.number().positive(), toxics: z.array(Laid).min(1) })

const bitsPerKilobyte = 8_000

/** Why a relay of TCP can't do this to a link, or null: what TCP sees to, nobody behind it ever notices. */
function beyond({ loss, bandwidth, window, ...path }: Path): string | null {
  if (loss !== undefined && !('share' in loss && loss.share === 1))
    return 'TCP sends again what is lost: of loss a relay has the whole of it alone'
  const mangled = (['reorder', 'duplicate', 'corrupt'] as const).find((key) => path[key] !== undefined)
  if (mangled !== undefined) return `a relay has no packets that it could ${mangled}: TCP hands out bytes in order`
  if (window !== undefined) return 'a toxic lies there until it is removed, and knows no window of time'
  if (bandwidth !== undefined && bandwidth.bitsPerS < bitsPerKilobyte)
    return `Toxiproxy counts whole kilobytes a second: ${bandwidth.bitsPerS} bit/s are less than one`
  return null
}

function effectsOf({ latency, loss, bandwidth }: Path): readonly Effect[] {
  // Without an end of its own: what is sent meanwhile is gone, and these connections end with the toxic.
  if (loss !== undefined) return [{ type: 'timeout', attributes: { timeout: 0 } }]
  const { delayMs = 0, jitterMs = 0 } = latency ?? {}
  return [
    ...(latency === undefined
      ? []
      : [{ type: 'latency', attributes: { latency: Math.round(delayMs), jitter: Math.round(jitterMs) } } as const]),
    // No queue that could overflow: whoever sends too much is made to wait by TCP.
    ...(bandwidth === undefined
      ? []
      : [{ type: 'bandwidth', attributes: { rate: Math.floor(bandwidth.bitsPerS / bitsPerKilobyte) } } as const]),
  ]
}

const rulesOf = (strike: Strike): readonly PathRule[] => {
  if (strike.fault === 'network') return strike.scope.paths
  if (strike.fault !== 'partition') return []
  const { groups } = strike.scope
  return groups.flatMap((to) => groups.filter((from) => from !== to).map((from) => ({ from, to, path: severed })))
}

/** True, or why a fault is none of links, or none that a relay can do. */
export function relaySupports(strike: Strike): true | string {
  const rules = rulesOf(strike)
  if (rules.length === 0) return `a relay lies on links and touches no process: ${strike.fault} is not to be had there`
  return rules.map(({ path }) => beyond(path)).find((why) => why !== null) ?? true
}

/** The toxics of a fault on these proxies, one way or both. Throws where none of the links runs through one. */
export function toxicsOf(strike: Strike, proxies: Iterable<string>): readonly Laid[] {
  const links = [...proxies].flatMap((proxy) => {
    const ends = linkEnds(proxy)
    return ends === null ? [] : [{ proxy, ...ends }]
  })
  const laid = rulesOf(strike).flatMap((rule) => {
    const lies = liesOn(rule)
    return links.flatMap(({ proxy, client, server }) => {
      const streams: readonly Stream[] = [
        ...(lies(client, server) ? (['upstream'] as const) : []),
        ...(lies(server, client) ? (['downstream'] as const) : []),
      ]
      return streams.flatMap((stream) => effectsOf(rule.path).map((effect) => ({ proxy, stream, ...effect })))
    })
  })
  if (laid.length === 0)
    throw new Error(
      `None of the links that this ${strike.fault} is for runs through the Toxiproxy: name the proxy of each link FROM->TO.`,
    )
  return laid
}

/** The beginning of every name that we give to toxics on this machine, before the process of the watchdog. */
export const ours = `meshcert.${hostname()}.`
const nameOf = (pid: number, place: number): string => `${ours}${pid}.${place}`

/** The watchdog that has named a toxic so, or null for a name that is not ours. */
export function watchdogOf(name: string): number | null {
  const [pid, place, ...more] = name.startsWith(ours) ? name.slice(ours.length).split('.') : []
  const isOurs = more.length === 0 && [pid, place].every((part) => part !== undefined && /^\d+$/.test(part))
  return isOurs ? Number(pid) : null
}

const all = async <T>(items: readonly T[], act: (item: T, place: number) => Promise<unknown>): Promise<void> =>
  void (await Promise.all(items.map(act)))

/** The toxics of the watchdog `pid`: nobody else's are touched. */
export function relayFault(toxiproxy: Toxiproxy, toxics: readonly Laid[], pid = process.pid): WatchedFault {
  return {
    inject: () =>
      all(toxics, ({ proxy, ...toxic }, place) => toxiproxy.add(proxy, { name: nameOf(pid, place), ...toxic })),
    // A toxic lies there until it is removed: nothing to prolong.
    renew: async () => undefined,
    undo: async () => {
      await all(toxics, ({ proxy }, place) => toxiproxy.remove(proxy, nameOf(pid, place)))
      return leftOf(await toxiproxy.list(), (name) => watchdogOf(name) === pid)
    },
  }
}

/** Which toxics lie there, in words. */
export const leftOf = (
  listed: ReadonlyMap<string, readonly string[]>,
  isMeant: (name: string) => boolean,
): readonly string[] =>
  [...listed].flatMap(([proxy, names]) => names.filter(isMeant).map((name) => `toxic ${name} on ${proxy}`))
