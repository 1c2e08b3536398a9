import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { PagerDutyEvent, SlackMessage, SmsMessage, type ChannelAddresses, type ChannelName } from './notifications.ts'
import { startSmtpReceiver, type ReceivedMail } from './smtp-receiver-target.ts'

/** One notification as it arrived. */
export type NotificationArrival = {
  readonly channel: ChannelName
  /** The idempotency key, where the channel has it: a header, the `dedup_key`, the Message-ID. */
  readonly key: string
  /** All that a reader would see. */
  readonly text: string
  /** Host monotonic milliseconds. */
  readonly atMs: number
  readonly isTaken: boolean
}

/** How the n-th arrival (from 1) with this key is answered. */
export type RespondToNotice = (arrival: {
  readonly channel: ChannelName
  readonly text: string
  readonly nth: number
}) => { readonly isTaken: boolean; readonly delayMs: number }

/** The suite's ends of all channels. */
export type ChannelReceivers = {
  readonly addresses: Required<ChannelAddresses>
  readonly arrivals: () => readonly NotificationArrival[]
  /** What arrived and is not of its channel's shape: what was wrong with it. */
  readonly malformed: () => readonly string[]
  readonly close: () => Promise<void>
}

const hostNowMs = () => Number(process.hrtime.bigint()) / 1e6

const account = { routingKey: '0123456789abcdef0123456789abcdef', name: 'AC0123', token: 'token of the suite' } as const
const people = { from: 'alerts@meshcert.example', to: 'on-call@meshcert.example' } as const
const numbers = { from: '+15005550006', to: '+4930123456' } as const
const paths = {
  slack: '/services/T000/B000/secret',
  pagerduty: '/v2/enqueue',
  sms: `/2010-04-01/Accounts/${account.name}/Messages.json`,
} as const

type Read = Pick<NotificationArrival, 'key' | 'text'>

function headerKey(request: IncomingMessage): string {
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string' || key === '') throw new Error('no Idempotency-Key header')
  return key
}

function expectType(request: IncomingMessage, type: string): void {
  const given = request.headers['content-type'] ?? ''
  if (!given.startsWith(type)) throw new Error(`content type ${given} instead of ${type}`)
}

function readSlack(request: IncomingMessage, body: string): Read {
  expectType(request, 'application/json')
  const { text: plain, blocks } = SlackMessage.parse(JSON.parse(body))
  const shown = blocks.flatMap((block) =>
    block.type === 'header' ? [block.text.text] : block.fields.map((field) => field.text),
  )
  // What of `<…>` was not escaped is a command to Slack, and nothing that a reader sees.
  const raw = [plain, ...shown].join('\n')
  if (/[<>]/.test(raw)) throw new Error(`a command in the text: ${raw}`)
  return { key: headerKey(request), text: raw.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&') }
}

function readPagerDuty(request: IncomingMessage, body: string): Read {
  expectType(request, 'application/json')
  const event = PagerDutyEvent.parse(JSON.parse(body))
  if (event.routing_key !== account.routingKey) throw new Error('another routing key than the one given')
  const { summary, custom_details: details = {} } = event.payload
  return { key: event.dedup_key, text: [summary, ...Object.values(details)].join('\n') }
}

function readSms(request: IncomingMessage, body: string): Read {
  expectType(request, 'application/x-www-form-urlencoded')
  const expected = `Basic ${Buffer.from(`${account.name}:${account.token}`).toString('base64')}`
  if (request.headers.authorization !== expected) throw new Error('not authorised as the account given')
  const { From, To, Body } = SmsMessage.parse(Object.fromEntries(new URLSearchParams(body)))
  if (From !== numbers.from || To !== numbers.to) throw new Error(`from ${From} to ${To}`)
  return { key: headerKey(request), text: Body }
}

function readMail({ from, to, headers, text: body }: ReceivedMail): Read {
  if (from !== people.from || to.join() !== people.to) throw new Error(`from ${from} to ${to.join()}`)
  const unasked = ['cc', 'bcc'].find((name) => headers.has(name))
  if (unasked !== undefined) throw new Error(`a header ${unasked}`)
  for (const name of ['from', 'to', 'subject', 'date', 'message-id'])
    if (!headers.has(name)) throw new Error(`no header ${name}`)
  return { key: headers.get('message-id') ?? '', text: `${headers.get('subject')}\n${body}` }
}

const readers = { slack: readSlack, pagerduty: readPagerDuty, sms: readSms } as const
type HttpChannel = keyof typeof readers

/** What the service behind each channel says when it has taken something. */
const thanks = {
  slack: { status: 200, body: 'ok' },
  pagerduty: { status: 202, body: '{"status":"success","message":"Event processed"}' },
  sms: { status: 201, body: '{"status":"queued"}' },
} as const satisfies Record<HttpChannel, { status: number; body: string }>

const isHttpChannel = (name: string): name is HttpChannel => name in readers

/** Keeps what arrived, and says whether it is taken. */
function ledger(respond: RespondToNotice) {
  const arrivals: NotificationArrival[] = []
  const malformed: string[] = []
  const counts = new Map<string, number>()
  const take = async (channel: ChannelName, read: () => Read): Promise<boolean> => {
    const atMs = hostNowMs()
    let one: Read
    try {
      one = read()
    } catch (error) {
      malformed.push(`${channel}: ${error instanceof Error ? error.message : String(error)}`)
      return false
    }
    const nth = (counts.get(one.key) ?? 0) + 1
    counts.set(one.key, nth)
    const { isTaken, delayMs } = respond({ channel, text: one.text, nth })
    arrivals.push({ channel, ...one, atMs, isTaken })
    if (delayMs > 0) await delay(delayMs)
    return isTaken
  }
  return { arrivals, malformed, take }
}

/** Starts receivers of all channels on loopback; they take everything at once unless told otherwise. */
export async function startChannelReceivers(
  respond: RespondToNotice = () => ({ isTaken: true, delayMs: 0 }),
): Promise<ChannelReceivers> {
  const { arrivals, malformed, take } = ledger(respond)
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const channel = Object.entries(paths).find(([, path]) => path === request.url)?.[0] ?? ''
    const body = await text(request).catch(() => null)
    // A request that was cut off has not arrived.
    if (body === null) return
    if (!isHttpChannel(channel) || request.method !== 'POST') {
      malformed.push(`${request.method} ${request.url} is no channel's`)
      response.writeHead(404).end()
      return
    }
    const isTaken = await take(channel, () => readers[channel](request, body))
    const { status, body: said } = isTaken ? thanks[channel] : { status: 500, body: 'not now' }
    response.writeHead(status).end(said)
  }
  const server = createServer((request, response) => void serve(request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: 0 }, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No loopback address for the channels.')
  const base = `http://127.0.0.1:${address.port}`
  const mail = await startSmtpReceiver(async (received) =>
    (await take('email', () => readMail(received))) ? '250 queued' : '451 not now',
  )
  const closeHttp = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return {
    addresses: {
      slack: { url: base + paths.slack },
      pagerduty: { url: base + paths.pagerduty, routingKey: account.routingKey },
      email: { server: mail.server, ...people },
      sms: { url: base + paths.sms, account: account.name, token: account.token, ...numbers },
    },
    arrivals: () => arrivals,
    malformed: () => malformed,
    close: async () => void (await Promise.all([closeHttp(), mail.close()])),
  }
}
