import { z } from 'zod'
import { MeshWork } from './mesh-work.ts'
import { ProcessProfile } from './profiles.ts'
import { route, type Port } from './route.ts'

export const MeshStatus = z.object({
  nodes: z.int().nonnegative(),
  /** Timers in force; a target declares one profile at a time. */
  timerProfile: z.object({
    name: z.string(),
    beaconsPerLinkS: z.number().positive(),
    /** Consecutive beacons of one link that share a datagram, a MAC and a leaf hash. */
    beaconsPerDatagram: z.int().positive(),
    missedBeaconsToSuspect: z.int().positive(),
    epochMs: z.number().positive(),
  }),
  /** Beacons that each node offers per second over all its links. */
  beaconsPerNodeS: z.number().nonnegative(),
  /** The most handshakes that ran at a time in each of the last seconds, a second being counted from the host clock's zero. */
  handshakePeaks: z.array(z.object({ second: z.int(), running: z.int().nonnegative() })).optional(),
})
export type MeshStatus = z.infer<typeof MeshStatus>

export const MeshLink = z.object({
  peer: z.string(),
  state: z.enum(['up', 'suspect']),
  /** Beacons received of the last 64 expected: popcount of the receive window, 0 to 64. */
  quality: z.int().min(0).max(64),
  /** Time from a beacon's scheduled instant to its use here, smoothed over about the last second; absent before the first one. */
  latencyMs: z.number().nonnegative().optional(),
})

export const MeshNode = z.object({
  id: z.string(),
  /** Hexadecimal SHA-256 of the raw public key with which it proves to be this member, up or down; absent where it tells none. */
  keyDigest: z.hash('sha256').optional(),
  state: z.enum(['up', 'down']),
  /** How many members this node knows to be alive, itself included. */
  viewSize: z.int().nonnegative(),
  /** Who they are: the SHA-256 digests of their names, combined by exclusive or, hexadecimal; zeros while it is down. */
  viewDigest: z.string().regex(/^[0-9a-f]{64}$/),
  links: z.array(MeshLink),
})
export type MeshNode = z.infer<typeof MeshNode>

/** Receipts of one receiver in columns: entry i of each column belongs to one beacon. Times are host milliseconds. */
export const ReceiptBatch = z.object({
  receiver: z.string(),
  origin: z.array(z.string()),
  sequence: z.array(z.number()),
  /** The instant at which the sender's schedule wanted the beacon sent, not the instant it got round to it. */
  scheduledAtMs: z.array(z.number()),
  /** The instant at which the receiver used it, its link MAC verified. */
  usedAtMs: z.array(z.number()),
})
export type ReceiptBatch = z.infer<typeof ReceiptBatch>

/** A beacon batch becomes final when its origin's signed epoch root has been verified by the receiver. */
export const FinalReceipt = z.object({
  origin: z.string(),
  receiver: z.string(),
  epoch: z.int().nonnegative(),
  beacons: z.int().nonnegative(),
  epochEndedAtMs: z.number(),
  finalAtMs: z.number(),
})
export type FinalReceipt = z.infer<typeof FinalReceipt>

/** Counts per edge: how many took longer than the edge before and at most this one; the last count is above every edge. */
export const LatencyHistogram = z.object({
  edgesMs: z.array(z.number()),
  counts: z.array(z.number()),
  sumMs: z.number(),
})
export type LatencyHistogram = z.infer<typeof LatencyHistogram>

/** What one process of the mesh has used since it was started: counters, so that two readings tell of the time between them. */
export const ProcessResources = z.object({
  role: z.string(),
  instance: z.string(),
  pid: z.int().positive(),
  upMs: z.number(),
  cpuUserMs: z.number(),
  cpuSystemMs: z.number(),
  residentBytes: z.number(),
  /** Resident memory with a share of each page that others use too: these add up. Null where the system does not tell. */
  proportionalBytes: z.number().nullable(),
  residentBytesMax: z.number(),
  heapUsedBytes: z.number(),
  /** Time in which the event loop was not waiting. */
  eventLoopBusyMs: z.number(),
  /** How late a timer fires that is due every few milliseconds. */
  eventLoopDelay: LatencyHistogram,
  gcPauses: z.number(),
  gcPausedMs: z.number(),
  /** Of the nodes' sockets: payload bytes, without headers. Null for a process that has none. */
  udp: z
    .object({
      datagramsSent: z.number(),
      bytesSent: z.number(),
      datagramsReceived: z.number(),
      bytesReceived: z.number(),
      /** Datagrams dropped because a receive buffer was full; null where the system does not tell. */
      receiveDrops: z.number().nullable(),
    })
    .nullable(),
})
export type ProcessResources = z.infer<typeof ProcessResources>

/** Latency of one cryptographic operation, over all processes of the mesh. */
export const MeshOperation = z.object({
  operation: z.enum([
    'ml-dsa-65 sign',
    'ml-dsa-65 verify',
    'ml-kem-768 generate',
    'ml-kem-768 encapsulate',
    'ml-kem-768 decapsulate',
    'hmac-sha-256 seal',
    'hmac-sha-256 open',
  ]),
  /** 1: each was timed; k: every k-th, which stands for the others. */
  timedOneIn: z.int().positive(),
  latency: LatencyHistogram,
})
export type MeshOperation = z.infer<typeof MeshOperation>

export const MeshResources = z.object({
  nowMs: z.number(),
  /** Empty where nothing real runs. */
  processes: z.array(ProcessResources),
  /** In virtual time: threads and how long each was busy since the mesh was formed, by the cost model of the world. */
  modelledThreads: z.array(z.object({ instance: z.string(), busyMs: z.number() })).optional(),
  operations: z.array(MeshOperation),
})
export type MeshResources = z.infer<typeof MeshResources>

/** Receipts of the last so many seconds can be read. */
export const receiptsKeptS = 10

/**
 * How a peer of the suite signs: the UTF-8 bytes of `batch`, as sent, under ML-DSA-65 with this context string. To sign
 * the bytes as sent needs no canonical form, so any language can take part.
 */
export const signingContexts = {
  join: 'meshcert/join/v1',
  beacons: 'meshcert/beacons/v1',
  root: 'meshcert/peer-root/v1',
  delta: 'meshcert/delta/v1',
} as const

/** The JSON text in `batch` of `postBeacons`. */
export const BeaconBatch = z.object({
  peerId: z.string(),
  epoch: z.int().nonnegative(),
  beacons: z
    .array(z.object({ sequence: z.int().nonnegative(), scheduledAtMs: z.number(), payload: z.string().max(256) }))
    .min(1)
    .max(1_024),
})
export type BeaconBatch = z.infer<typeof BeaconBatch>

/**
 * The JSON text in `root` of `postRoot`, signed as a batch is. `head` is the root of the RFC 6962
 * Merkle tree (SHA-256) whose leaf i is the UTF-8 text of the epoch's batch i, in the order in which
 * they were posted: leaf = H(0x00 ‖ text), node = H(0x01 ‖ left ‖ right), no leaf doubled.
 */
export const PeerRoot = z.object({
  peerId: z.string(),
  epoch: z.int().nonnegative(),
  batches: z.int().positive(),
  head: z.string().regex(/^[0-9a-f]{64}$/),
})
export type PeerRoot = z.infer<typeof PeerRoot>

/** One beacon of a peer: used on its batch's signature, final by its epoch's root, retracted when none came in two epochs. */
export const PeerReceipt = z.object({
  sequence: z.number(),
  scheduledAtMs: z.number(),
  usedAtMs: z.number(),
  state: z.enum(['provisional', 'final', 'retracted']),
})
export type PeerReceipt = z.infer<typeof PeerReceipt>

/** Anybody can check it: two statements that differ, signed with one key under one context, for one epoch. */
export const Equivocation = z.object({
  /** A node's name or a peer's id. */
  origin: z.string(),
  epoch: z.int().nonnegative(),
  /** Raw ML-DSA-65 public key of the origin, base64, and the context string of both signatures. */
  publicKey: z.base64(),
  context: z.string(),
  /** The bytes that were signed and the signature over them, base64. */
  statements: z.array(z.object({ statement: z.base64(), signature: z.base64() })).length(2),
})
export type Equivocation = z.infer<typeof Equivocation>

/**
 * The JSON text in `delta` of `postDelta`. Deltas are a grow-only set; an element is named by its author (first 32
 * hexadecimal digits of the SHA-256 of the raw public key) and the author's sequence number. To post the same text
 * again is to post the same element, so an indefinite outcome may be repeated at will. An author who signs two texts
 * under one number gets 409 for the second, or, where two nodes took one each, no promise.
 */
export const DeltaText = z.object({
  peerId: z.string(),
  sequence: z.int().min(0).max(0xffff_ffff),
  payload: z.string().max(16_384),
})
export type DeltaText = z.infer<typeof DeltaText>

export const HeldDelta = z.object({
  author: z.string().regex(/^[0-9a-f]{32}$/),
  sequence: z.int().nonnegative(),
  /** The text as its author signed it. */
  delta: z.string(),
})
export type HeldDelta = z.infer<typeof HeldDelta>

export const meshRoutes = {
  meshStatus: route({
    method: 'get',
    path: '/v1/mesh',
    summary: 'Size of the mesh and the timer profile in force.',
    input: z.object({}),
    output: MeshStatus,
    probe: {},
  }),
  formMesh: route({
    method: 'post',
    path: '/v1/mesh/form',
    summary:
      'Leaves a mesh of exactly so many nodes under a timer profile, the one that the target starts with unless named: the mesh that is there if it is that already; else, as the target finds better, that mesh grown, or one formed anew, with counters from zero and without its peers. Answers once every node has its links; 400 for a profile that the target does not have, 409 while a fault is in force that stands in the way.',
    input: z.object({ nodes: z.int().min(2).max(20_000), timerProfile: z.string().min(1).optional() }),
    output: z.object({
      nodes: z.int(),
      timerProfile: z.string(),
      /** From the order to the last link; of the mesh that was there already, what it took then. */
      formedInMs: z.number(),
    }),
    timeoutMs: 120_000,
  }),
  meshNodes: route({
    method: 'get',
    path: '/v1/mesh/nodes',
    summary: 'Every node with its view and its links.',
    input: z.object({}),
    output: z.array(MeshNode),
    probe: {},
  }),
  meshReceipts: route({
    method: 'get',
    path: '/v1/mesh/receipts',
    summary:
      'Receipts since a cursor, oldest first, and the next cursor; `after` = -1 starts at the newest. An answer holds every use that was before the question. With `receivers` only theirs: cursors count all receipts all the same, and so does `dropped`, because nobody knows any more whose those were. ' +
      `A target keeps at least ${receiptsKeptS} s of receipts of the present mesh and counts those it had to drop.`,
    input: z.object({
      after: z.coerce.number().int().min(-1),
      /** Names of nodes, separated by commas; absent: of all. */
      receivers: z
        .string()
        .regex(/^[\w.-]+(,[\w.-]+)*$/)
        .max(8_192)
        .optional(),
    }),
    output: z.object({
      next: z.int().nonnegative(),
      batches: z.array(ReceiptBatch),
      finals: z.array(FinalReceipt),
      dropped: z.int().nonnegative(),
    }),
    probe: { after: -1 },
  }),
  meshWork: route({
    method: 'get',
    path: '/v1/mesh/work',
    summary: 'Work done since the mesh was formed: what was verified, used and refused.',
    input: z.object({}),
    output: MeshWork,
    probe: {},
  }),
  meshResources: route({
    method: 'get',
    path: '/v1/mesh/resources',
    summary:
      'What the processes of the mesh have used since they were started: processor time, memory, event loop, datagrams, and the latency of each cryptographic operation. /metrics tells the same.',
    input: z.object({}),
    output: MeshResources,
    probe: {},
  }),
  meshProfiles: route({
    method: 'post',
    path: '/v1/mesh/profiles',
    summary:
      'Profiles every process of the mesh for so long while it works: processor and heap samples, network and disk. Empty where nothing real runs.',
    input: z.object({ forMs: z.number().positive().max(30_000) }),
    output: z.array(ProcessProfile),
    timeoutMs: 60_000,
  }),
  joinMesh: route({
    method: 'post',
    path: '/v1/mesh/peers',
    summary: 'A peer joins with its own ML-DSA-65 identity and proves that it holds the key.',
    input: z.object({
      name: z.string().min(1).max(64),
      /** Raw ML-DSA-65 public key, 1,952 bytes, base64. */
      publicKey: z.base64(),
      /** Over the UTF-8 bytes of `name` + ":" + `publicKey`, context `meshcert/join/v1`; base64. */
      signature: z.base64(),
    }),
    output: z.object({
      peerId: z.string(),
      neighbour: z.string(),
      /**
       * UDP entry point, host:port, where the peer may send its signed batches instead of posting them; absent where there
       * is none. A datagram is the UTF-8 JSON text of `postBeacons`' input, `peerId` included. It is never answered:
       * `peerReceipts` tells what was used, `refused` of `meshWork` counts the rest. Sent again it is used no second time.
       */
      datagrams: z.optional(z.string().regex(/^[\w.-]+:\d{1,5}$/)),
    }),
    status: 201,
  }),
  postBeacons: route({
    method: 'post',
    path: '/v1/mesh/peers/{peerId}/beacons',
    summary:
      'A signed batch of beacons from a joined peer; refused as a whole (403) when the signature does not verify. A sequence that was used before, or that lies 1,024 or more behind the newest, counts as a duplicate.',
    input: z.object({ peerId: z.string(), batch: z.string().max(262_144), signature: z.base64() }),
    output: z.object({ used: z.int(), duplicates: z.int(), usedAtMs: z.number(), verifyMs: z.number() }),
  }),
  peerReceipts: route({
    method: 'get',
    path: '/v1/mesh/peers/{peerId}/receipts',
    summary: 'Which beacons of this peer the mesh used, when, and whether its signed roots have made them final.',
    input: z.object({ peerId: z.string() }),
    output: z.array(PeerReceipt),
  }),
  postRoot: route({
    method: 'post',
    path: '/v1/mesh/peers/{peerId}/roots',
    summary:
      'The signed root of a peer’s epoch makes its beacons final. 403 when the signature does not verify, 409 when it is not the root of what the mesh used in that epoch, and 409 for a second root that differs: that is evidence against the peer, which takes part no more.',
    input: z.object({ peerId: z.string(), root: z.string().max(4_096), signature: z.base64() }),
    output: z.object({ final: z.int() }),
  }),
  meshEvidence: route({
    method: 'get',
    path: '/v1/mesh/evidence',
    summary: 'Who signed two different roots for one epoch, with both: evidence that a stranger can check.',
    input: z.object({}),
    output: z.array(Equivocation),
    probe: {},
  }),
  postDelta: route({
    method: 'post',
    path: '/v1/mesh/peers/{peerId}/deltas',
    summary:
      'A signed delta of a joined peer. Acknowledged only when the accepting node and at least two of its neighbours hold it in their logs; the answer names them. 403: the signature does not verify; 409: another text under this number; 429: the log is full, nothing was taken; 5xx: it may have been taken.',
    input: z.object({ peerId: z.string(), delta: z.string().max(32_768), signature: z.base64() }),
    output: z.object({
      author: z.string(),
      sequence: z.int().nonnegative(),
      acceptedBy: z.string(),
      /** Neighbours of the accepting node that hold it too. */
      heldBy: z.array(z.string()),
    }),
    status: 201,
  }),
  meshDeltas: route({
    method: 'get',
    path: '/v1/mesh/nodes/{node}/deltas',
    summary:
      'What one node holds, in the order in which it came there, from a cursor on (0: from the start), at most 500 at a time; `next` is the cursor after the last. 503 while the node is down.',
    input: z.object({ node: z.string(), after: z.coerce.number().int().min(0) }),
    output: z.object({ next: z.int().nonnegative(), deltas: z.array(HeldDelta) }),
  }),
  leaveMesh: route({
    method: 'delete',
    path: '/v1/mesh/peers/{peerId}',
    summary: 'A peer leaves; its receipts are forgotten.',
    input: z.object({ peerId: z.string() }),
    output: z.object({ left: z.literal(true) }),
  }),
} as const

export type MeshPlane = Port<typeof meshRoutes>
