import type { z } from 'zod'
import { definite, indefinite, ok, type Outcome } from './outcome.ts'
import type { BarePoster } from './post-target.ts'
import type { Route, RouteInput } from './route.ts'

type Asking = {
  readonly poster: BarePoster
  /** Base URL of the verb's plane. */
  readonly base: string
  readonly token: string | null
}

/**
 * A verb that is posted, asked through a poster: for loads, whose generator must not be late for its own work. It takes half
 * the processor time of the typed client, and answers the same but for what a body outside the contract had wrong.
 */
export function bareVerb<In extends RouteInput, Out extends z.ZodType>(
  row: Route<In, Out>,
  { poster, base, token }: Asking,
): (input: z.input<In>) => Promise<Outcome<z.output<Out>>> {
  if (row.method !== 'post') throw new Error(`${row.path} is asked with ${row.method}: ask it with the typed client.`)
  const root = base.replace(/\/$/, '')
  const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` }
  return async (input) => {
    const rest = new Map(Object.entries(input ?? {}))
    const path = row.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const value = encodeURIComponent(String(rest.get(name)))
      rest.delete(name)
      return value
    })
    const asked = { url: `${root}${path}`, headers, body: JSON.stringify(Object.fromEntries(rest)) }
    const { status, body, retryAfter } = await poster.post(asked)
    if (status === null) return indefinite('The connection ended without an answer.')
    if (status === (row.status ?? 200)) return ok(row.output.parse(JSON.parse(body)))
    const isRefused = (status >= 400 && status < 500) || status === 501 || (status === 503 && retryAfter !== null)
    if (!isRefused) return indefinite(body, status)
    const refused = definite(body, status)
    return retryAfter === null ? refused : { ...refused, retryAfterS: Number(retryAfter) }
  }
}
