import { Agent, request } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { countTraffic } from './traffic-target.ts'

/** One request as the typed client would never send it. */
export type BarePost = {
  readonly url: string
  /** POST unless given. */
  readonly method?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Without Content-Length, in pieces. */
  readonly chunked?: boolean
}

export type BareAnswer = {
  /** Null where the connection ended without an answer. */
  readonly status: number | null
  readonly retryAfter: string | null
  readonly body: string
}

const timeoutMs = 10_000

export type BarePoster = {
  /** Rejects where its URL is neither of HTTP nor of HTTPS. */
  readonly post: (asked: BarePost) => Promise<BareAnswer>
  /** What went through its connections so far, both ways. */
  readonly bytes: () => number
  readonly close: () => void
}

/** Connections that posts share, and the way to end them. */
export function barePoster(): BarePoster {
  const keeping = { keepAlive: true, maxSockets: 64 }
  const ways = new Map([
    ['http:', { ask: request, agent: new Agent(keeping) }],
    ['https:', { ask: tlsRequest, agent: new TlsAgent(keeping) }],
  ])
  const traffic = countTraffic()
  const post = async ({ url, method = 'POST', headers, body, chunked = false }: BarePost) => {
    const way = URL.canParse(url) ? ways.get(new URL(url).protocol) : undefined
    if (way === undefined) throw new Error(`Nothing can be posted to ${url}: give the target a URL of http or https.`)
    const { ask, agent } = way
    return new Promise<BareAnswer>((resolve) => {
      const length = chunked ? {} : { 'Content-Length': Buffer.byteLength(body) }
      const sent = ask(
        url,
        {
          method,
          agent,
          timeout: timeoutMs,
          headers: { 'Content-Type': 'application/json', ...headers, ...length },
        },
        (response) => {
          const { statusCode: status = null } = response
          const retryAfter = response.headers['retry-after'] ?? null
          text(response).then(
            (answered) => resolve({ status, retryAfter, body: answered }),
            () => resolve({ status, retryAfter, body: '' }),
          )
        },
      )
      sent.once('socket', traffic.watch)
      sent.once('timeout', () => sent.destroy())
      sent.once('error', () => resolve({ status: null, retryAfter: null, body: '' }))
      if (!chunked) return void sent.end(body)
      const half = Math.ceil(body.length / 2)
      sent.write(body.slice(0, half))
      sent.end(body.slice(half))
    })
  }
  const close = () => {
    for (const { agent } of ways.values()) agent.destroy()
  }
  return { post, bytes: traffic.bytes, close }
}
