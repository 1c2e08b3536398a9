/** The verbs of Toxiproxy's HTTP API that faults need. Each rejects with what to do when it can't. */
import { z } from 'zod'

/** A toxic as the API takes it and lists it. */
export const Toxic = z.object({
  name: z.string(),
  type: z.enum(['latency', 'bandwidth', 'timeout']),
  /** From the client of a link to its server, or back. */
  stream: z.enum(['upstream', 'downstream']),
  attributes: z.record(z.string(), z.number()),
})
export type Toxic = z.infer<typeof Toxic>

/** Of toxics that are not ours only the names matter. */
const Proxies = z.record(
  z.string(),
  z.object({ enabled: z.boolean(), toxics: z.array(z.object({ name: z.string() })) }),
)

export type Toxiproxy = {
  /** Names of the toxics on each proxy that is enabled, by the proxy's name. */
  readonly list: () => Promise<ReadonlyMap<string, readonly string[]>>
  readonly add: (proxy: string, toxic: Toxic) => Promise<void>
  /** One that is not there any more, or whose proxy is not, counts as removed. */
  readonly remove: (proxy: string, name: string) => Promise<void>
}

/** It waits up to 5 s for what a limit of bandwidth still holds before it changes anything on that proxy. */
const patienceMs = 15_000

export function toxiproxyAt(url: string): Toxiproxy {
  const ask = async (method: string, path: string, body?: object): Promise<Response> => {
    try {
      return await fetch(new URL(path, url), {
        method,
        signal: AbortSignal.timeout(patienceMs),
        ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
    } catch (error) {
      throw new Error(`The Toxiproxy at ${url} does not answer: is it running, and is this the URL of its API?`, {
        cause: error,
      })
    }
  }
  const refused = async (what: string, response: Response): Promise<Error> =>
    new Error(`The Toxiproxy at ${url} would not ${what}: ${response.status} ${(await response.text()).trim()}`)
  const toxicsOf = (proxy: string): string => `/proxies/${encodeURIComponent(proxy)}/toxics`
  return {
    list: async () => {
      const response = await ask('GET', '/proxies')
      if (!response.ok) throw await refused('list its proxies', response)
      const proxies = Object.entries(Proxies.parse(await response.json()))
      return new Map(
        proxies
          .filter(([, { enabled }]) => enabled)
          .map(([name, { toxics }]) => [name, toxics.map((toxic) => toxic.name)]),
      )
    },
    add: async (proxy, toxic) => {
      const response = await ask('POST', toxicsOf(proxy), toxic)
      if (!response.ok) throw await refused(`lay ${toxic.type} on ${proxy}`, response)
    },
    remove: async (proxy, name) => {
      const response = await ask('DELETE', `${toxicsOf(proxy)}/${encodeURIComponent(name)}`)
      if (!response.ok && response.status !== 404) throw await refused(`take ${name} from ${proxy}`, response)
    },
  }
}
