import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { RoutedAlert } from './events.ts'
import { countTraffic } from './traffic-target.ts'

/** One alert as it arrived. */
export type AlertArrival = {
  readonly eventId: string
  readonly alert: RoutedAlert
  /** Host monotonic milliseconds. */
  readonly atMs: number
  /** Header Idempotency-Key: equal for repetitions of one alert, different for different ones. */
  readonly key: string
  readonly status: number
}

/** The suite's end of a target's webhook channel. */
export type Receiver = {
  readonly url: string
  /** Everything that arrived so far, refused ones included, in order. */
  readonly arrivals: () => readonly AlertArrival[]
  /** Requests that were no alert of the contract: what was wrong with them. */
  readonly malformed: () => readonly string[]
  /** What went through its connections so far, both ways. */
  readonly bytes: () => number
  readonly close: () => Promise<void>
}

/** How the receiver answers the n-th arrival (from 1) of an event's alert; not before `until` is settled. */
export type Respond = (
  eventId: string,
  nth: number,
) => { readonly status: number; readonly delayMs: number; readonly until?: Promise<void> }

const hostNowMs = () => Number(process.hrtime.bigint()) / 1e6

type Read = Pick<AlertArrival, 'eventId' | 'alert' | 'key'>

function readAlert(request: IncomingMessage, body: string): Read | string {
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string' || key === '') return `no Idempotency-Key header: ${body.slice(0, 200)}`
  try {
    const parsed = RoutedAlert.safeParse(JSON.parse(body))
    if (!parsed.success) return `no alert of the contract: ${body.slice(0, 200)}`
    return { eventId: parsed.data.eventId, alert: parsed.data, key }
  } catch {
    return `no JSON: ${body.slice(0, 200)}`
  }
}

/** Says no more than it must: what goes over the wire is counted as what the service costs. */
function answer(response: ServerResponse, status: number): void {
  response.sendDate = false
  response.writeHead(status, { 'Content-Length': 0 }).end()
}

/** Starts a receiver of routed alerts on loopback. It answers 200 at once unless told otherwise. */
export async function startReceiver(respond: Respond = () => ({ status: 200, delayMs: 0 })): Promise<Receiver> {
  const arrivals: AlertArrival[] = []
  const malformed: string[] = []
  const counts = new Map<string, number>()
  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => null)
    // A request that was cut off has not arrived.
    if (body === null) return
    const read = readAlert(request, body)
    if (typeof read === 'string') {
      malformed.push(read)
      answer(response, 400)
      return
    }
    const nth = (counts.get(read.eventId) ?? 0) + 1
    counts.set(read.eventId, nth)
    const { status, delayMs, until } = respond(read.eventId, nth)
    arrivals.push({ ...read, atMs: hostNowMs(), status })
    if (delayMs > 0) await delay(delayMs)
    await until
    answer(response, status)
  })
  const traffic = countTraffic()
  server.on('connection', traffic.watch)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: 0 }, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No loopback address for the alert receiver.')
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return {
    url: `http://127.0.0.1:${address.port}/alerts`,
    arrivals: () => arrivals,
    malformed: () => malformed,
    bytes: traffic.bytes,
    close,
  }
}
