import type { ServiceError } from '@grpc/grpc-js'
import type { HeldStream, WorkloadApi, WorkloadMethod } from './identity.ts'
import { indefinite, ok, type Outcome } from './outcome.ts'
import {
  codeOf,
  deadlineMs,
  failure,
  firstMessage,
  loadWorkloadApi,
  openCall,
  type Method,
} from './workload-channel-target.ts'
import {
  readBundlesResponse,
  readJwtBundles,
  readJwtResponse,
  readValidation,
  readX509Response,
} from './workload-message-target.ts'

const hostNowMs = (): number => Number(process.hrtime.bigint()) / 1e6

let service: ReturnType<typeof loadWorkloadApi> | undefined

function method(name: WorkloadMethod): Method {
  service ??= loadWorkloadApi()
  const known = service[name]
  if (known === undefined) throw new Error(`workload.proto does not define ${name}.`)
  return known
}

/** A method by its name alone: bytes in, bytes out. */
const raw = (name: WorkloadMethod): Method => ({
  path: `/SpiffeWorkloadAPI/${name}`,
  requestSerialize: () => Buffer.alloc(0),
  responseDeserialize: (bytes) => bytes,
})

/** Opens a stream and keeps all that comes; settles with the first message or the refusal. */
function hold<T, Message>(
  call: { readonly endpoint: string; readonly method: Method },
  parse: (message: unknown) => Outcome<T>,
  toMessage: (value: T, atMs: number) => Message,
): Promise<Outcome<HeldStream<Message>>> {
  const stream = openCall({ ...call, request: {}, held: true })
  const messages: Message[] = []
  let ended: ReturnType<HeldStream<Message>['ended']> = null
  const end = (code: string): void => {
    ended ??= { atMs: hostNowMs(), code }
  }
  const held: HeldStream<Message> = {
    messages: () => [...messages],
    ended: () => ended,
    close: () => stream.cancel(),
  }
  return new Promise((resolve) => {
    const patience = setTimeout(() => {
      end('DEADLINE_EXCEEDED')
      stream.cancel()
      resolve(indefinite(`Workload API sent no first message within ${deadlineMs / 1_000} s.`))
    }, deadlineMs)
    stream.once('status', () => clearTimeout(patience))
    stream.on('data', (message: unknown) => {
      clearTimeout(patience)
      const atMs = hostNowMs()
      const read = parse(message)
      if (read.ok) {
        messages.push(toMessage(read.value, atMs))
        return resolve(ok(held))
      }
      // A message that nobody can read is the end of what a workload can use.
      end(read.error)
      stream.cancel()
      resolve(read)
    })
    stream.on('error', (error: ServiceError) => {
      end(codeOf(error))
      resolve(failure(error))
    })
    stream.on('end', () => {
      end('OK')
      resolve(indefinite('The Workload API ended the stream without a message.'))
    })
  })
}

/** The SPIFFE Workload API over gRPC. Refusals are definite; a time-out (10 s) or a cut stream is indefinite: an SVID may have been issued. */
export const workloadApi: WorkloadApi = {
  fetchX509Svid: async ({ endpoint, securityHeader }) => {
    const call = { endpoint, method: method('FetchX509SVID'), request: {}, securityHeader }
    const first = await firstMessage(call, readX509Response)
    return first.ok ? ok(first.value.svids) : first
  },
  holdX509Svids: ({ endpoint }) =>
    hold({ endpoint, method: method('FetchX509SVID') }, readX509Response, (value, atMs) => ({ ...value, atMs })),
  holdX509Bundles: ({ endpoint }) =>
    hold({ endpoint, method: method('FetchX509Bundles') }, readBundlesResponse, (bundles, atMs) => ({ bundles, atMs })),
  fetchJwtSvid: ({ endpoint, audience, spiffeId = '' }) =>
    firstMessage(
      { endpoint, method: method('FetchJWTSVID'), request: { audience, spiffe_id: spiffeId } },
      readJwtResponse,
    ),
  fetchJwtBundles: ({ endpoint }) =>
    firstMessage({ endpoint, method: method('FetchJWTBundles'), request: {} }, readJwtBundles),
  validateJwtSvid: ({ endpoint, audience, token }) =>
    firstMessage({ endpoint, method: method('ValidateJWTSVID'), request: { audience, svid: token } }, readValidation),
  answerOf: ({ endpoint, method: name, securityHeader }) => {
    const stream = openCall({ endpoint, method: raw(name), request: {}, securityHeader })
    return new Promise((resolve) => {
      stream.once('data', () => {
        resolve('OK')
        stream.cancel()
      })
      stream.on('error', (error: ServiceError) => resolve(codeOf(error)))
      stream.on('end', () => resolve('OK'))
    })
  },
}
