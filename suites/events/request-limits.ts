import { sla } from '../../sla.config.ts'
import type { ThreatEvent } from '../contract/events.ts'
import { barePoster, type BareAnswer } from '../contract/post-target.ts'
import type { Secured } from './admission.ts'
import { threatSignals } from './signals.ts'

const { bodyBytesMax, headerBytesMax, administrationPerS } = sla.deployment.events.requests
/** A second of requests beyond what is promised as the most, at whatever speed this machine sends them. */
const floodMax = { requests: 20_000, forMs: 15_000 } as const
const senders = 48

type Asked = { readonly bodyBytes?: number; readonly headerBytes?: number; readonly chunked?: boolean }

/** Posts an event that is filled up to so many bytes. */
function poster({ target, random, seed }: Secured, post: ReturnType<typeof barePoster>['post']) {
  const signal = threatSignals(random.stream('sized'))
  const token = target.wire?.tokens?.full
  const url = `${target.wire?.urlOf('events').replace(/\/$/, '')}/v1/events`
  let posted = 0
  return ({ bodyBytes = 0, headerBytes = 0, chunked = false }: Asked): Promise<BareAnswer> => {
    const event: ThreatEvent = { ...signal(), id: `${seed}/sized/${(posted += 1)}` }
    const without = Buffer.byteLength(JSON.stringify({ ...event, features: { ...event.features, padding: '' } }))
    const padding = 'x'.repeat(Math.max(0, bodyBytes - without))
    const body = JSON.stringify({ ...event, features: { ...event.features, padding } })
    const authorized: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` }
    const headers = headerBytes === 0 ? authorized : { ...authorized, 'X-Padding': 'x'.repeat(headerBytes) }
    return post({ url, headers, body, chunked })
  }
}

/** Bodies and headers up to the limit are taken, larger ones refused, whether they say their size or not. */
async function observeSizes({ observe }: Secured, ask: (asked: Asked) => Promise<BareAnswer>): Promise<void> {
  for (const chunked of [false, true]) {
    const how = chunked ? 'in pieces' : 'announced'
    const largest = await ask({ bodyBytes: bodyBytesMax, chunked })
    observe.check('a body of the largest size is taken', largest.status === 202, `${how}: ${largest.status}`)
    const larger = await ask({ bodyBytes: bodyBytesMax + 1, chunked })
    const seen = `${bodyBytesMax + 1} bytes ${how}: ${larger.status}`
    // A connection that ended without an answer may have waited too long.
    observe.check('a larger body is refused', larger.status === 413, seen, { noise: larger.status === null })
  }
  const usual = await ask({ headerBytes: headerBytesMax / 2 })
  observe.check('headers of half the largest size are taken', usual.status === 202, String(usual.status))
  const long = await ask({ headerBytes: headerBytesMax })
  const isRefused = long.status === 431 || long.status === 400
  observe.check('longer headers are refused', isRefused, `${headerBytesMax} bytes and more: ${long.status}`)
}

/** One caller asks as fast as it can, for what costs hardly anything, until it is told to ask less often. */
async function observeRate(
  { target, observe, log }: Secured,
  { post }: Pick<ReturnType<typeof barePoster>, 'post'>,
): Promise<void> {
  const { clock, wire } = target
  const url = `${wire?.urlOf('incidents').replace(/\/$/, '')}/v1/incidents/none/moves`
  const token = wire?.tokens?.full
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  const asked = { url, headers, body: JSON.stringify({ to: 'investigating', by: 'suite', note: '' }) }
  const startedAtMs = clock.nowMs()
  let sent = 0
  let told: BareAnswer | null = null
  const send = async () => {
    while (told === null && sent < floodMax.requests && clock.nowMs() - startedAtMs < floodMax.forMs) {
      sent += 1
      const answer = await post(asked)
      if (answer.status === 429) told = answer
    }
  }
  await Promise.all(Array.from({ length: senders }, send))
  // What was assigned inside a callback is invisible to the compiler's flow analysis.
  const refusal = told as BareAnswer | null
  const tookMs = clock.nowMs() - startedAtMs
  log(`${sent} requests in ${Math.round(tookMs)} ms until one was refused`)
  // What a bucket of one second holds, and what flows into it, may all be let in.
  const allowed = Math.ceil(administrationPerS * (1 + tookMs / 1_000))
  observe.premise({
    claim: 'positive control',
    measured: refusal === null ? Math.max(0, allowed + 1 - sent) : 0,
    limit: 0,
    unit: 'requests too few to be refused',
    noise: true,
    detail: `${sent} in ${Math.round(tookMs)} ms, ${allowed} may be let in`,
  })
  const seen = `${sent} requests in ${Math.round(tookMs)} ms, none was refused`
  observe.check('who asks too often is refused', refusal !== null, seen)
  observe.check('and is told when to ask again', refusal === null || refusal.retryAfter !== null, 'no Retry-After')
  await clock.sleep(Number(refusal?.retryAfter ?? 0) * 1_000)
  const again = await post(asked)
  observe.check('and is served again then', again.status === 404, `answered ${again.status}`)
}

/** Body, header and rate limits of the service, as anybody meets them who can reach its port. Rejects where it has no URL. */
export async function observeLimits(scenario: Secured): Promise<void> {
  if (scenario.target.wire === undefined)
    throw new Error('Limits of requests are asked over HTTP: serve the wire contract, this target has ports only.')
  const { post, close } = barePoster()
  try {
    await observeSizes(scenario, poster(scenario, post))
    await observeRate(scenario, { post })
  } finally {
    close()
  }
}
