import { Client, credentials, Metadata, status, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js'
import { loadSync, type MethodDefinition } from '@grpc/proto-loader'
import { fileURLToPath } from 'node:url'
import { definite, indefinite, type Outcome } from './outcome.ts'

/**
 * A Workload API stream never ends by itself, so each fetch ends with a reset. Node's HTTP/2 server
 * cuts a connection after about 1,000 resets in a burst: a channel is replaced well before.
 */
const streamsPerChannel = 250
/** How long an answer, or the first message of a stream, is waited for. */
export const deadlineMs = 10_000

/** The SPIFFE Workload API as published, for clients and servers of it. */
export function loadWorkloadApi(): Readonly<Record<string, MethodDefinition<object, object>>> {
  const file = fileURLToPath(new URL('workload.proto', import.meta.url))
  const service = loadSync(file, { keepCase: true, defaults: true, oneofs: true })['SpiffeWorkloadAPI']
  if (service === undefined || 'format' in service) throw new Error(`${file} does not define SpiffeWorkloadAPI.`)
  return service
}

/** `unix:///path`, `unix:path` and `tcp://IP:port`, as SPIFFE_ENDPOINT_SOCKET has them, to what gRPC calls them. */
const addressOf = (endpoint: string): string => endpoint.replace(/^tcp:\/\//, 'ipv4:')

type Channel = { readonly client: Client; started: number; active: number }

const channels = new Map<string, Channel>()

function channelTo(endpoint: string): Channel {
  const open = channels.get(endpoint)
  if (open !== undefined && open.started < streamsPerChannel) return open
  if (open?.active === 0) open.client.close()
  // A local socket: no proxy, and no channel shared through gRPC's global pool with one we retired.
  const options = {
    'grpc.enable_http_proxy': 0,
    'grpc.use_local_subchannel_pool': 1,
    // gRPC's own pauses after a lost connection, a second and more, would be taken for the target's.
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 200,
  }
  const client = new Client(addressOf(endpoint), credentials.createInsecure(), options)
  const fresh: Channel = { client, started: 0, active: 0 }
  channels.set(endpoint, fresh)
  return fresh
}

function release(endpoint: string, channel: Channel): void {
  channel.active -= 1
  if (channel.active === 0 && channels.get(endpoint) !== channel) channel.client.close()
}

/** How a method is called: its path, and how its messages are written and read. */
export type Method = Pick<MethodDefinition<object, object>, 'path' | 'requestSerialize' | 'responseDeserialize'>

export type Call = {
  readonly endpoint: string
  readonly method: Method
  readonly request: object
  readonly securityHeader?: boolean | undefined
  /** A held stream outlives every deadline of gRPC's: who holds it bounds the wait for its first message. */
  readonly held?: boolean
}

/** Opens a call; a method that answers once is a stream of one message on the wire. */
export function openCall({
  endpoint,
  method,
  request,
  securityHeader = true,
  held = false,
}: Call): ClientReadableStream<object> {
  const metadata = new Metadata()
  if (securityHeader) metadata.set('workload.spiffe.io', 'true')
  const channel = channelTo(endpoint)
  channel.started += 1
  channel.active += 1
  // A gRPC deadline is a wall-clock date: the target files are where that is allowed.
  const options = held ? {} : { deadline: Date.now() + deadlineMs }
  const { path, requestSerialize, responseDeserialize } = method
  const stream = channel.client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request,
    metadata,
    options,
  )
  stream.once('status', () => release(endpoint, channel))
  return stream
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

export const codeOf = (error: ServiceError): string => status[error.code] ?? String(error.code)

export function failure(error: ServiceError): Outcome<never> {
  const said = `Workload API answered ${codeOf(error)}: ${error.details}`
  return refusals.includes(error.code) ? definite(said) : indefinite(said)
}

/** The first message of a call, read by `parse`; the call is over then. */
export function firstMessage<T>(call: Call, parse: (message: unknown) => Outcome<T>): Promise<Outcome<T>> {
  const stream = openCall(call)
  return new Promise((resolve) => {
    stream.once('data', (message: unknown) => {
      resolve(parse(message))
      stream.cancel()
    })
    stream.on('error', (error: ServiceError) => resolve(failure(error)))
    stream.on('end', () => resolve(indefinite('The Workload API ended the stream without a message.')))
  })
}
