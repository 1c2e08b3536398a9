/** Targets of a hundred lines for the self tests of the k6 lane: right by default, wrong in one named way. */
import { createPublicKey, verify } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sla } from '../../sla.config.ts'
import type { TargetDescription } from '../../suites/contract/control.ts'
import { BeaconBatch, signingContexts, type PeerReceipt } from '../../suites/contract/mesh.ts'
import { noWork } from '../../suites/contract/mesh-work.ts'
import { viewDigest } from '../../suites/contract/view-digest.ts'

export type Tiny = { readonly url: string; readonly close: () => Promise<void> }
type Answer = { readonly status: number; readonly body: unknown }
type Handler = (path: string, body: unknown) => Answer | Promise<Answer>

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6

async function read(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text === '' ? {} : JSON.parse(text)
}

async function serveTiny(
  capabilities: TargetDescription['capabilities'],
  handlers: Record<string, Handler>,
): Promise<Tiny> {
  const description = { name: 'tiny', version: '1', contract: '1', capabilities, metrics: [], details: {} }
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const find = Object.entries(handlers).find(([route]) => `${request.method} ${path}`.startsWith(route))
    const answer = path === '/v1/target' ? { status: 200, body: description } : { status: 404, body: {} }
    read(request)
      .then((body) => find?.[1](path, body) ?? answer)
      .then(
        ({ status, body }) =>
          response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body)),
        (error: unknown) => response.writeHead(500).end(String(error)),
      )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Takes events in and posts their alerts at once, unless told to keep them to itself. */
export function tinyEvents({ alerts = true }: { readonly alerts?: boolean } = {}): Promise<Tiny> {
  let channel = ''
  return serveTiny(['events'], {
    'PUT /v1/event-channels/webhook': (_, body) => {
      channel = (body as { url: string }).url
      return { status: 200, body }
    },
    'POST /v1/events': (_, body) => {
      const { id, kind } = body as { id: string; kind: string }
      const alert = JSON.stringify({ eventId: id, riskLevel: 'low', risk: 1, kind })
      // A receiver that is gone at the end of the load is no error of the target.
      if (alerts) fetch(channel, { method: 'POST', body: alert }).catch(() => undefined)
      return { status: 202, body: { id, duplicate: false } }
    },
  })
}

const contextOf = (text: string): Buffer => Buffer.from(text)
const keyOf = (publicKey: string) =>
  createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'raw-public', asymmetricKeyType: 'ml-dsa-65' })

export type TinyMesh = {
  /** False: takes any signature. */
  readonly verifies?: boolean
  /** True: verifies nothing, and tells by the order of arrivals what is forged. */
  readonly guesses?: boolean
  /** Told as `verifyMs`, whatever it took. */
  readonly claimMs?: number
  /** False: batches are never answered. */
  readonly answers?: boolean
  /** What each node states that it offers, and does. */
  readonly beaconsPerNodeS?: number
  /** False: it has no entry for datagrams. */
  readonly datagrams?: boolean
  /** False: it does not offer the crypto plane. */
  readonly crypto?: boolean
}

type TinyPeer = { readonly key: ReturnType<typeof keyOf>; readonly receipts: PeerReceipt[] }
type Posted = { readonly peerId: string; readonly batch: string; readonly signature: string }

/** Uses a signed batch: how many beacons it had, null where its signature is wrong. */
function useBatch({ key, receipts }: TinyPeer, { batch, signature }: Posted, verifies: boolean): number | null {
  const options = { key, context: contextOf(signingContexts.beacons) }
  const valid = verify(null, Buffer.from(batch), options, Buffer.from(signature, 'base64'))
  if (verifies && !valid) return null
  const { beacons } = BeaconBatch.parse(JSON.parse(batch))
  for (const { sequence, scheduledAtMs } of beacons) {
    if (receipts.some((known) => known.sequence === sequence)) continue
    receipts.push({ sequence, scheduledAtMs, usedAtMs: nowMs(), state: 'provisional' })
  }
  return beacons.length
}

/** The entry for datagrams: none where `take` is null. */
async function tinyEntry(take: ((posted: Posted) => void) | null) {
  if (take === null) return { told: {}, close: async () => undefined }
  const socket = createSocket('udp4').on('message', (bytes) => take(JSON.parse(bytes.toString()) as Posted))
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return {
    told: { datagrams: `127.0.0.1:${socket.address().port}` },
    close: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  }
}

const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64')

/** The first batch of three, each time at the next place: what a scenario forges that goes by its own numbers. */
function isInTurn(message: string): boolean {
  const [index = 0, place = 0] = bytes(message).toString().split('/').slice(-2).map(Number)
  return index % 3 === 0 && place === (index / 3) % sla.loadShapes['signature-batches'].batch
}

/** Verifies for whoever asks, by node:crypto; everything is valid unless it `verifies`. */
function tinyCrypto({ verifies = true, guesses = false }: TinyMesh): Record<string, Handler> {
  const isValid = (publicKey: string, context: Buffer, [message = '', signature = '']: readonly string[]): boolean => {
    if (guesses) return !isInTurn(message)
    return verify(null, bytes(message), { key: keyOf(publicKey), context }, bytes(signature)) || !verifies
  }
  return {
    'POST /v1/crypto/ml-dsa-65/verify-many': (_, body) => {
      const { publicKey, messages, signatures, context } = body as Record<'messages' | 'signatures', string[]> &
        Record<'publicKey' | 'context', string>
      const pairs = messages.map((message, at) => [message, signatures[at] ?? ''])
      return { status: 200, body: { valid: pairs.map((pair) => isValid(publicKey, contextOf(context), pair)) } }
    },
    'POST /v1/crypto/ml-dsa-65/verify': (_, body) => {
      const { publicKey, message, signature, context } = body as Record<string, string>
      const startMs = nowMs()
      const valid = isValid(publicKey ?? '', bytes(context ?? ''), [message ?? '', signature ?? ''])
      return { status: 200, body: { valid, verifyMs: nowMs() - startMs } }
    },
  }
}

/** A mesh of nodes that offer beacons by the clock and of peers by node:crypto. */
export async function tinyMesh(options: TinyMesh = {}): Promise<Tiny> {
  const {
    verifies = true,
    crypto = true,
    claimMs,
    answers = true,
    beaconsPerNodeS = sla.mesh.beaconsPerNodeS,
  } = options
  const peers = new Map<string, TinyPeer>()
  let nodes = 0
  const take = (posted: Posted): void => {
    const peer = peers.get(posted.peerId)
    if (peer !== undefined && answers) useBatch(peer, posted, verifies)
  }
  const entry = await tinyEntry(options.datagrams === false ? null : take)
  const timerProfile = {
    name: 'tiny',
    beaconsPerLinkS: 1,
    beaconsPerDatagram: 1,
    missedBeaconsToSuspect: 1,
    epochMs: 1,
  }
  const served = await serveTiny(['mesh', 'control', ...(crypto ? (['crypto'] as const) : [])], {
    ...tinyCrypto(options),
    'POST /v1/mesh/form': (_, body) => {
      nodes = (body as { nodes: number }).nodes
      return { status: 200, body: { nodes, timerProfile: 'tiny', formedInMs: 1 } }
    },
    'GET /v1/mesh/nodes': () => {
      const ids = Array.from({ length: nodes }, (_, index) => `node-${index}`)
      const view = { viewSize: nodes, viewDigest: viewDigest(ids) }
      return { status: 200, body: ids.map((id) => ({ id, state: 'up', ...view, links: [] })) }
    },
    'GET /v1/mesh/work': () => ({
      status: 200,
      body: { ...noWork(), beaconsOffered: (nowMs() / 1_000) * nodes * beaconsPerNodeS },
    }),
    'GET /v1/mesh/resources': () => ({ status: 200, body: { nowMs: nowMs(), processes: [], operations: [] } }),
    'GET /v1/mesh/peers/': (path) => ({ status: 200, body: peers.get(path.split('/')[4] ?? '')?.receipts ?? [] }),
    'GET /v1/mesh': () => ({ status: 200, body: { nodes, timerProfile, beaconsPerNodeS } }),
    'POST /v1/mesh/peers/': (path, body) => {
      if (!answers) return new Promise(() => undefined)
      const peer = peers.get(path.split('/')[4] ?? '')
      if (peer === undefined) return { status: 404, body: { error: 'no such peer' } }
      const startMs = nowMs()
      const used = useBatch(peer, body as Posted, verifies)
      const verifyMs = claimMs ?? nowMs() - startMs
      if (used === null) return { status: 403, body: { error: 'signature' } }
      return { status: 200, body: { used, duplicates: 0, usedAtMs: nowMs(), verifyMs } }
    },
    'POST /v1/mesh/peers': (_, body) => {
      const { name, publicKey, signature } = body as { name: string; publicKey: string; signature: string }
      const key = keyOf(publicKey)
      const options = { key, context: contextOf(signingContexts.join) }
      if (!verify(null, Buffer.from(`${name}:${publicKey}`), options, Buffer.from(signature, 'base64'))) {
        return { status: 403, body: { error: 'signature' } }
      }
      peers.set(name, { key, receipts: [] })
      return { status: 201, body: { peerId: name, neighbour: 'tiny', ...entry.told } }
    },
    'DELETE /v1/mesh/peers/': () => ({ status: 200, body: { left: true } }),
  })
  const close = async (): Promise<void> => {
    await served.close()
    await entry.close()
  }
  return { ...served, close }
}
