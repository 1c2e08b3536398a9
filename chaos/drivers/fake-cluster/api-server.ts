/**
 * Fake: an API server with one namespace, its pods and its network policies, on loopback. It lists, watches in chunks, creates,
 * patches, deletes and reviews access with the statuses of the real one; nothing runs behind it but a fake controller.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { AnnotationPatch, DeleteBody, parseSelector, PolicyBody, ReviewBody } from './resources.ts'
import { VersionedStore, type Change, type Unstored } from './versioned-store.ts'

export const fakeNamespace = 'mesh'
export const fakeToken = 'fake-token'

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Gone',
}

class Refused extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

const statusOf = (code: number, message: string): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message,
  reason: reasons[code] ?? 'InternalError',
  code,
})

const resourcePath =
  /^\/(?:api\/v1|apis\/networking\.k8s\.io\/v1)\/namespaces\/([^/]+)(?:\/(pods|networkpolicies)(?:\/([^/]+))?)?$/
const reviewPath = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
const verbs: Readonly<Record<string, string>> = { GET: 'get', POST: 'create', PATCH: 'patch', DELETE: 'delete' }

type Asked = {
  readonly verb: string
  readonly resource: string
  readonly name: string | undefined
  readonly query: URLSearchParams
}

function askedOf({ method = '', url = '' }: IncomingMessage): Asked {
  const { pathname, searchParams: query } = new URL(url, 'http://fake')
  const verb = verbs[method] ?? ''
  if (pathname === reviewPath) return { verb, resource: 'selfsubjectaccessreviews', name: undefined, query }
  const [, namespace, resource = 'namespaces', name] = resourcePath.exec(pathname) ?? []
  if (namespace === undefined) throw new Refused(404, `the server could not find ${pathname}`)
  if (resource === 'namespaces') return { verb, resource, name: namespace, query }
  // There is nothing in a namespace that is not there, and nobody says that it is not.
  if (namespace !== fakeNamespace) query.set('labelSelector', 'in=nowhere')
  if (verb !== 'get' || name !== undefined) return { verb, resource, name, query }
  return { verb: query.get('watch') === 'true' ? 'watch' : 'list', resource, name, query }
}

function selected(query: URLSearchParams): ReturnType<typeof parseSelector> {
  try {
    return parseSelector(query.get('labelSelector') ?? '')
  } catch (error) {
    throw new Refused(400, String(error))
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const said = await text(request)
  try {
    return said === '' ? {} : JSON.parse(said)
  } catch {
    throw new Refused(400, 'the body is no JSON')
  }
}

export class FakeApiServer {
  readonly store = new VersionedStore()
  /** Rights that its only user lacks, as `delete pods`. */
  readonly forbidden = new Set<string>()
  /** Every request that would change something, as `delete pods/mesh-0`. */
  readonly writes: string[] = []
  namespaceLabels: Readonly<Record<string, string>> = {}
  #port = 0
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((request, response) => void this.#answer(request, response))

  constructor() {
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  /** Again on the port of before, if it was stopped. Answers its address. */
  async start(): Promise<string> {
    await new Promise<void>((listening) => this.#server.listen(this.#port, '127.0.0.1', listening))
    this.#port = (this.#server.address() as AddressInfo).port
    return `http://127.0.0.1:${this.#port}`
  }

  /** As if it were killed: what is being answered breaks off. What it keeps stays. */
  async stop(): Promise<void> {
    const closed = new Promise((close) => this.#server.close(close))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (code: number, body: object): void =>
      void response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    try {
      if (request.headers.authorization !== `Bearer ${fakeToken}`) throw new Refused(401, 'Unauthorized')
      const asked = askedOf(request)
      const { verb, resource } = asked
      if (this.forbidden.has(`${verb} ${resource}`)) throw new Refused(403, `${resource} is forbidden: cannot ${verb}`)
      if (verb === 'watch') return this.#watch(asked, response)
      send(verb === 'create' ? 201 : 200, this.#do(asked, await bodyOf(request)))
    } catch (error) {
      if (!response.headersSent)
        send(error instanceof Refused ? error.code : 400, statusOf(this.#code(error), String(error)))
    }
  }

  #code(error: unknown): number {
    return error instanceof Refused ? error.code : 400
  }

  #do({ verb, resource, name, query }: Asked, body: unknown): object {
    if (resource === 'selfsubjectaccessreviews') {
      const { verb: wanted, resource: of } = ReviewBody.parse(body).spec.resourceAttributes
      return { status: { allowed: !this.forbidden.has(`${wanted} ${of}`) } }
    }
    if (resource === 'namespaces') {
      if (name !== fakeNamespace) throw new Refused(404, `namespaces "${name}" not found`)
      return { metadata: { name, labels: this.namespaceLabels } }
    }
    if (verb === 'list') return this.#list(resource, query)
    this.writes.push(`${verb} ${resource}/${name ?? ''}`)
    if (verb === 'create' && resource === 'networkpolicies') return this.#create(PolicyBody.parse(body))
    const object = this.store.get(resource, name ?? '')
    if (object === undefined) throw new Refused(404, `${resource} "${name}" not found`)
    if (verb === 'patch' && resource === 'networkpolicies') {
      const added = AnnotationPatch.parse(body).map(({ path, value }) => [path.split('/').at(-1), value])
      const annotations = { ...object.metadata.annotations, ...Object.fromEntries(added) }
      return this.store.change(resource, { ...object, metadata: { ...object.metadata, annotations } })
    }
    if (verb !== 'delete') throw new Refused(405, `${verb} of ${resource} is not to be had here`)
    const { preconditions } = DeleteBody.parse(body)
    if (preconditions !== undefined && preconditions.uid !== object.metadata.uid)
      throw new Refused(409, `the UID in the precondition (${preconditions.uid}) does not match`)
    // Somebody's finalizer keeps what is deleted.
    if ((object.metadata.finalizers ?? []).length === 0) this.store.remove(resource, object.metadata.name)
    return object
  }

  #list(resource: string, query: URLSearchParams): object {
    const isSelected = selected(query)
    return {
      kind: 'List',
      apiVersion: 'v1',
      metadata: { resourceVersion: String(this.store.version) },
      items: this.store.list(resource).filter(({ metadata }) => isSelected(metadata.labels ?? {})),
    }
  }

  #create(policy: Unstored): object {
    if (this.store.get('networkpolicies', policy.metadata.name) !== undefined)
      throw new Refused(409, `networkpolicies "${policy.metadata.name}" already exists`)
    return this.store.add('networkpolicies', policy)
  }

  #watch({ resource, query }: Asked, response: ServerResponse): void {
    const isSelected = selected(query)
    const missed = this.store.since(resource, Number(query.get('resourceVersion') ?? '0'))
    response.writeHead(200, { 'content-type': 'application/json' })
    const say = (type: string, object: object): void => void response.write(`${JSON.stringify({ type, object })}\n`)
    if (missed === null) {
      say('ERROR', statusOf(410, 'too old resource version'))
      return void response.end()
    }
    const see = (change: Change): void => {
      if (change.resource === resource && isSelected(change.object.metadata.labels ?? {}))
        say(change.type, change.object)
    }
    response.flushHeaders()
    missed.forEach(see)
    response.on('close', this.store.subscribe(see))
  }
}
