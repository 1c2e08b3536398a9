/** Targets of a hundred lines for the self tests of the k6 lane: right by default, wrong in one named way. */
import { createPublicKey, verify } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sla } from '../../sla.config.ts'
import type { TargetDescription } from '../../suites/contract/control.ts'
import { BeaconBatch, signingContexts } from '../../suites/contract/mesh.ts'

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
  /** Told as `verifyMs`, whatever it took. */
  readonly claimMs?: number
  /** False: batches are never answered. */
  readonly answers?: boolean
  /** What each node states that it offers, and does. */
  readonly beaconsPerNodeS?: number
}

const noWork = {
  beaconsUsed: 0,
  beaconsFinal: 0,
  beaconsRetracted: 0,
  datagramsAccepted: 0,
  macsVerified: 0,
  linksRekeyed: 0,
  rootsExpected: 0,
  rootsVerified: 0,
  peerSignaturesVerified: 0,
  peerBeaconsUsed: 0,
  peerBeaconsFinal: 0,
  peerBeaconsRetracted: 0,
  refused: {},
}

/** A mesh of nodes that offer beacons by the clock and of peers by node:crypto. */
export function tinyMesh(options: TinyMesh = {}): Promise<Tiny> {
  const { verifies = true, claimMs, answers = true, beaconsPerNodeS = sla.mesh.beaconsPerNodeS } = options
  const peers = new Map<string, ReturnType<typeof keyOf>>()
  let nodes = 0
  const timerProfile = {
    name: 'tiny',
    beaconsPerLinkS: 1,
    beaconsPerDatagram: 1,
    missedBeaconsToSuspect: 1,
    epochMs: 1,
  }
  return serveTiny(['mesh', 'control'], {
    'POST /v1/mesh/form': (_, body) => {
      nodes = (body as { nodes: number }).nodes
      return { status: 200, body: { nodes, timerProfile: 'tiny', formedInMs: 1 } }
    },
    'GET /v1/mesh/nodes': () => ({
      status: 200,
      body: Array.from({ length: nodes }, (_, id) => ({ id: `node-${id}`, state: 'up', viewSize: nodes, links: [] })),
    }),
    'GET /v1/mesh/work': () => ({
      status: 200,
      body: { ...noWork, beaconsOffered: (nowMs() / 1_000) * nodes * beaconsPerNodeS },
    }),
    'GET /v1/mesh': () => ({ status: 200, body: { nodes, timerProfile, beaconsPerNodeS } }),
    'POST /v1/mesh/peers/': (path, body) => {
      if (!answers) return new Promise(() => undefined)
      const { batch, signature } = body as { batch: string; signature: string }
      const key = peers.get(path.split('/')[4] ?? '')
      if (key === undefined) return { status: 404, body: { error: 'no such peer' } }
      const startMs = nowMs()
      const options = { key, context: contextOf(signingContexts.beacons) }
      const valid = verify(null, Buffer.from(batch), options, Buffer.from(signature, 'base64'))
      const verifyMs = claimMs ?? nowMs() - startMs
      if (verifies && !valid) return { status: 403, body: { error: 'signature' } }
      const { beacons } = BeaconBatch.parse(JSON.parse(batch))
      return { status: 200, body: { used: beacons.length, duplicates: 0, usedAtMs: nowMs(), verifyMs } }
    },
    'POST /v1/mesh/peers': (_, body) => {
      const { name, publicKey, signature } = body as { name: string; publicKey: string; signature: string }
      const key = keyOf(publicKey)
      const options = { key, context: contextOf(signingContexts.join) }
      if (!verify(null, Buffer.from(`${name}:${publicKey}`), options, Buffer.from(signature, 'base64'))) {
        return { status: 403, body: { error: 'signature' } }
      }
      peers.set(name, key)
      return { status: 201, body: { peerId: name, neighbour: 'tiny' } }
    },
    'DELETE /v1/mesh/peers/': () => ({ status: 200, body: { left: true } }),
  })
}
