import { Client, credentials, Metadata, status, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js'
import { loadSync, type MethodDefinition } from '@grpc/proto-loader'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { X509Svid } from './identity.ts'
import { definite, indefinite, ok, type Outcome } from './outcome.ts'

const deadlineMs = 10_000
/**
 * A Workload API stream never ends by itself, so each fetch ends with a reset. Node's HTTP/2 server
 * cuts a connection after about 1,000 resets in a burst: a channel is replaced well before.
 */
const streamsPerChannel = 250

const Message = z.object({
  svids: z
    .array(
      z.object({
        spiffe_id: z.string().min(1),
        x509_svid: z.instanceof(Buffer),
        x509_svid_key: z.instanceof(Buffer),
        bundle: z.instanceof(Buffer),
      }),
    )
    .min(1),
})

/** The SPIFFE Workload API as published, for clients and servers of it. */
export function loadWorkloadApi(): Readonly<Record<string, MethodDefinition<object, object>>> {
  const file = fileURLToPath(new URL('workload.proto', import.meta.url))
  const service = loadSync(file, { keepCase: true, defaults: true })['SpiffeWorkloadAPI']
  if (service === undefined || 'format' in service) throw new Error(`${file} does not define SpiffeWorkloadAPI.`)
  return service
}

function streamMethod(): MethodDefinition<object, object> {
  const method = loadWorkloadApi()['FetchX509SVID']
  if (method === undefined) throw new Error('workload.proto does not define FetchX509SVID.')
  return method
}

/** Splits concatenated DER values into base64 strings; throws where the lengths don't add up. */
function splitDer(bytes: Buffer): readonly string[] {
  const parts: string[] = []
  let at = 0
  while (at < bytes.length) {
    const first = bytes[at + 1] ?? 0
    const width = first < 0x80 ? 0 : first & 0x7f
    if (width > 4 || at + 2 + width > bytes.length) throw new Error('not a sequence of DER values')
    const length = width === 0 ? first : bytes.readUIntBE(at + 2, width)
    const end = at + 2 + width + length
    if (end > bytes.length) throw new Error('a DER value is longer than its message')
    parts.push(bytes.toString('base64', at, end))
    at = end
  }
  return parts
}

/** Refusals that a SPIFFE server gives before it does anything. */
const refusals: readonly number[] = [
  status.INVALID_ARGUMENT,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.UNIMPLEMENTED,
  status.NOT_FOUND,
  status.RESOURCE_EXHAUSTED,
]

function failure(error: ServiceError): Outcome<never> {
  const said = `Workload API answered ${status[error.code] ?? error.code}: ${error.details}`
  return refusals.includes(error.code) ? definite(said) : indefinite(said)
}

function parseMessage(message: unknown): Outcome<readonly X509Svid[]> {
  const parsed = Message.safeParse(message)
  if (!parsed.success) return indefinite(`X509SVIDResponse lacks a mandatory field: ${z.prettifyError(parsed.error)}`)
  try {
    return ok(
      parsed.data.svids.map((svid) => ({
        spiffeId: svid.spiffe_id,
        chain: splitDer(svid.x509_svid),
        privateKeyPkcs8: svid.x509_svid_key.toString('base64'),
        bundle: splitDer(svid.bundle),
      })),
    )
  } catch (error) {
    return indefinite(`X509SVIDResponse is malformed: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** `unix:///path`, `unix:path` and `tcp://IP:port`, as SPIFFE_ENDPOINT_SOCKET has them, to what gRPC calls them. */
const addressOf = (endpoint: string): string => endpoint.replace(/^tcp:\/\//, 'ipv4:')

type Channel = { readonly client: Client; started: number; active: number }

const channels = new Map<string, Channel>()
let fetchMethod: MethodDefinition<object, object> | undefined

function channelTo(endpoint: string): Channel {
  const open = channels.get(endpoint)
  if (open !== undefined && open.started < streamsPerChannel) return open
  if (open?.active === 0) open.client.close()
  // A local socket: no proxy, and no channel shared through gRPC's global pool with one we retired.
  const options = { 'grpc.enable_http_proxy': 0, 'grpc.use_local_subchannel_pool': 1 }
  const client = new Client(addressOf(endpoint), credentials.createInsecure(), options)
  const fresh: Channel = { client, started: 0, active: 0 }
  channels.set(endpoint, fresh)
  return fresh
}

function release(endpoint: string, channel: Channel): void {
  channel.active -= 1
  if (channel.active === 0 && channels.get(endpoint) !== channel) channel.client.close()
}

/**
 * The first message of FetchX509SVID on a Workload API endpoint. Byte strings of the answer are
 * base64 DER. Refusals (no security header, no identity) are definite; a time-out (10 s) or a cut
 * stream is indefinite: the SVID may have been issued.
 */
export function fetchX509Svid(input: {
  readonly endpoint: string
  readonly securityHeader?: boolean
}): Promise<Outcome<readonly X509Svid[]>> {
  fetchMethod ??= streamMethod()
  const { path, requestSerialize, responseDeserialize } = fetchMethod
  const metadata = new Metadata()
  if (input.securityHeader !== false) metadata.set('workload.spiffe.io', 'true')
  const channel = channelTo(input.endpoint)
  channel.started += 1
  channel.active += 1
  const stream: ClientReadableStream<object> = channel.client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    {},
    metadata,
    // A gRPC deadline is a wall-clock date: the target files are where that is allowed.
    { deadline: Date.now() + deadlineMs },
  )
  return new Promise((resolve) => {
    const settle = (outcome: Outcome<readonly X509Svid[]>) => resolve(outcome)
    stream.once('data', (message: unknown) => {
      settle(parseMessage(message))
      stream.cancel()
    })
    stream.on('error', (error: ServiceError) => settle(failure(error)))
    stream.on('end', () => settle(indefinite('The Workload API ended the stream without a message.')))
    stream.once('status', () => release(input.endpoint, channel))
  })
}
