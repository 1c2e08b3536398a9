import { z } from 'zod'
import { PathRule } from './path.ts'
import { ProcessMemory, ProcessProfile } from './profiles.ts'
import { capabilities, route, type Port } from './route.ts'
import { LyingStorage } from './storage.ts'

export const TargetDescription = z.object({
  name: z.string().min(1),
  version: z.string().min(1),
  /** Version of this contract that the target speaks. */
  contract: z.literal('1'),
  capabilities: z.array(z.enum(capabilities)),
  /** Prometheus text endpoints, one per process of the target. */
  metrics: z.array(z.url()),
  /** Whatever else identifies the build: digests, timer profile, options. Goes into the evidence. */
  details: z.record(z.string(), z.string()),
  /**
   * Where nodes send what must travel sealed, as a capture names it: a port of a live host, an end in a virtual network.
   * A search of traffic that nobody saw proves nothing: without them MESH-SEAL-b and -c are inconclusive.
   */
  sealedEnds: z
    .object({
      /** Where clients of the target's own reach whoever aggregates their updates. */
      modelUpdates: z.array(z.string()).optional(),
      /** Where nodes reach the signing authority: attestation, requests for SVIDs, SVIDs and bundles. */
      identity: z.array(z.string()).optional(),
    })
    .optional(),
})
export type TargetDescription = z.infer<typeof TargetDescription>

export const Component = z.object({
  /** Role of the process or node: `events`, `mesh-host`, `authority`, … */
  role: z.string(),
  instance: z.string(),
  /** Operating-system process, where a driver may signal it; null for a logical component. */
  pid: z.int().positive().nullable(),
  state: z.enum(['starting', 'up', 'down']),
  /** How often the supervisor has started it: 1 at first. */
  starts: z.int().positive(),
  /**
   * How long a process must have lived for its supervisor to start it again at once, whatever ended it before; who dies younger
   * may be held back. A run waits so long before it ends the process, again and again. Absent: never held back for longer than a
   * steady state is held after each fault, 5 s.
   */
  forgivenAfterMs: z.int().nonnegative().max(60_000).optional(),
})
export type Component = z.infer<typeof Component>

/**
 * What a compromised member does to its neighbours, with its own keys, from its own place and besides all its own work.
 * For each beacon of its own that it sends to a neighbour:
 * `forged-origin`: before it one in the name of another member, drawn anew, under the key of its own link;
 * `altered`: before it a copy whose instant was changed, under the tag of the original;
 * `replayed`: after it the same once more, and one drawn from the last 64 to that neighbour;
 * `reordered`: one beacon in four leaves only after the next one.
 * What is forged or altered says that it was scheduled at instant 0: so a receipt tells it from every genuine beacon.
 */
export const beaconMisdeeds = ['forged-origin', 'altered', 'replayed', 'reordered'] as const
/**
 * The same with the keys of its links, for each beacon of its own that it sends to a neighbour:
 * `downgraded`: an offer of another link with less than the whole key exchange, none at all or one of a smaller parameter
 * set, by turns; once a neighbour has taken one without any, a beacon over that link which was scheduled at instant 0;
 * `counter-reused`: after it the same words once more under the counter of the one before, with its own key and a right tag:
 * a receipt tells it by its sequence, which was used;
 * `handshake-replayed`: it makes its link anew, twice, and then says its part of the first of these handshakes again, word
 * for word, and behind it the beacons that it had sent under the keys of that one.
 */
export const keyMisdeeds = ['downgraded', 'counter-reused', 'handshake-replayed'] as const
export const misdeeds = [...beaconMisdeeds, ...keyMisdeeds] as const
export type Misdeed = (typeof misdeeds)[number]

export const CrashLoop = z.strictObject({
  crashes: z.int().positive(),
  downMs: z.number().positive(),
  upMs: z.number().positive(),
})
export type CrashLoop = z.infer<typeof CrashLoop>

/** Every key that a scope may have: which of them a fault of each primitive takes, and no other, is in `faultScopes`. */
export const FaultScope = z.strictObject({
  /** Mesh nodes that are hit. */
  nodes: z.array(z.string()).optional(),
  /** For a crash: again and again, up in between; after the last time down until the fault ends. */
  loop: CrashLoop.optional(),
  /** For slow nodes: the share of the processor time it asks for that the process of each named node gets. */
  cpuShare: z.number().gt(0).lt(1).optional(),
  /** For erring cryptography: the share of what the hit nodes seal that carries a wrong tag, and of what they decapsulate that is a wrong secret. */
  errorShare: z.number().gt(0).max(1).optional(),
  /** For key rotation: the hit nodes offer new keys on all of their links this often; at least twice within the longest lease. */
  rotateEveryMs: z.number().positive().max(60_000).optional(),
  /** For clocks that are wrong: by how much the clock of each named node is ahead of the host's; negative for one that is behind. */
  skewMs: z.number().min(-86_400_000).max(86_400_000).optional(),
  /** Groups that can't reach one another, for a partition; a node in no group reaches everyone. */
  groups: z.array(z.array(z.string())).optional(),
  /** What is laid on the ways between nodes, for a fault of the network. */
  paths: z.array(PathRule).optional(),
  /** What the hit nodes do wrong, when they are compromised. */
  misdeeds: z.array(z.enum(misdeeds)).min(1).optional(),
  /** What lies, for a fault of storage. */
  storage: LyingStorage.optional(),
})
export type FaultScope = z.infer<typeof FaultScope>

/**
 * What a control plane can do to its target; every fault that enters through it is one of them with a scope.
 * `authority-outage`, whose scope is empty: the authority of the identity plane issues nothing and answers no workload, as
 * if it were gone; what it has issued is as good as before, and streams that are held stay open.
 * `coordinator-crash`, whose scope is empty: the process of the learning plane's coordinator is gone, with all that it had in
 * memory; nobody is answered until the end of the fault, at which it is started again with what it had written. Optional
 * where it is a process of its own, which is killed from outside.
 * `clock-skew`: somebody has set the clocks of the nodes, at once and not little by little; the end of the fault sets them
 * right, likewise. What a node tells of instants is by its clock, so the beacons that it sends say when that was. Receipts
 * are the host's, and are by the host's clock whichever node they are about.
 * `storage`: what a plane keeps its journal on lies. It is the storage that does, whichever process uses it: one that is
 * killed meanwhile and started again finds the same lie. What was written in truth is there again at the end of the fault.
 */
export const faultPrimitives = [
  'crash',
  'pause',
  'slow',
  'partition',
  'network',
  'compromise',
  'crypto-errors',
  'rekey',
  'authority-outage',
  'clock-skew',
  'coordinator-crash',
  'storage',
] as const
export type FaultPrimitive = (typeof faultPrimitives)[number]

const { shape } = FaultScope
const nodes = z.array(z.string()).min(1)
const groups = z.array(z.array(z.string())).superRefine((parts, context) => {
  const all = parts.flat()
  const twice = all.find((node, place) => all.indexOf(node) !== place)
  if (parts.filter((part) => part.length > 0).length < 2) context.addIssue('has fewer than two groups')
  else if (twice !== undefined) context.addIssue(`has ${twice} in its groups twice`)
})

/** What a fault of each primitive takes: a scope that lacks a key, or has one that does nothing there, is refused. */
const faultScopes = {
  crash: z.strictObject({ nodes, loop: shape.loop }),
  pause: z.strictObject({ nodes }),
  slow: z.strictObject({ nodes, cpuShare: shape.cpuShare.unwrap() }),
  partition: z.strictObject({ groups }),
  network: z.strictObject({ paths: shape.paths.unwrap().min(1) }),
  compromise: z.strictObject({ nodes, misdeeds: shape.misdeeds.unwrap() }),
  'crypto-errors': z.strictObject({ nodes, errorShare: shape.errorShare.unwrap() }),
  rekey: z.strictObject({ nodes, rotateEveryMs: shape.rotateEveryMs.unwrap() }),
  'authority-outage': z.strictObject({}),
  'clock-skew': z.strictObject({ nodes, skewMs: shape.skewMs.unwrap() }),
  'coordinator-crash': z.strictObject({}),
  storage: z.strictObject({ storage: LyingStorage }),
} as const satisfies Record<FaultPrimitive, z.ZodObject>

const leased = <P extends FaultPrimitive>(fault: P) =>
  z.object({ fault: z.literal(fault), scope: faultScopes[fault], leaseMs: z.number().positive().max(120_000) })

export type FaultScopes = { readonly [P in FaultPrimitive]: z.infer<(typeof faultScopes)[P]> }
/** A primitive with a scope of its own. */
export type Fault = { [P in FaultPrimitive]: { readonly fault: P; readonly scope: FaultScopes[P] } }[FaultPrimitive]

type Issue = z.core.$ZodIssue

function troubleOf({ code, path, message, ...issue }: Issue): string {
  if ('keys' in issue && path.length === 0) return `has ${issue.keys[0]} in its scope, which does nothing there`
  if (code === 'custom') return message
  return path.length === 1
    ? `has a scope without ${String(path[0])}`
    : `has in its scope at ${path.join('.')} what is none: ${message}`
}

/** Why this is no scope of the primitive, as the rest of a sentence about its fault, or null. */
export function scopeTrouble(fault: FaultPrimitive, scope: unknown): string | null {
  const [first] = faultScopes[fault].safeParse(scope).error?.issues ?? []
  return first === undefined ? null : troubleOf(first)
}

/** The fault of this primitive and scope. Throws for a scope that is not one of it. */
export function faultOf(fault: FaultPrimitive, scope: FaultScope): Fault {
  const trouble = scopeTrouble(fault, scope)
  if (trouble !== null) throw new Error(`A fault ${fault} ${trouble}.`)
  // The check above is the proof that they match.
  return { fault, scope } as Fault
}

/** Optional plane: faults enter through it, or from outside by a driver. */
export const controlRoutes = {
  describe: route({
    method: 'get',
    path: '/v1/target',
    summary: 'Who the target is, which contract it speaks and what it can do.',
    input: z.object({}),
    output: TargetDescription,
    probe: {},
  }),
  components: route({
    method: 'get',
    path: '/v1/control/components',
    summary: 'Every process and supervised part of the target.',
    input: z.object({}),
    output: z.array(Component),
    probe: {},
  }),
  processProfiles: route({
    method: 'post',
    path: '/v1/control/profiles',
    summary:
      'Profiles every process with this role for so long while it works: processor and heap samples, network and disk. Empty where no process has the role.',
    input: z.object({ role: z.string(), forMs: z.number().positive().max(30_000) }),
    output: z.array(ProcessProfile),
    timeoutMs: 60_000,
  }),
  processMemory: route({
    method: 'post',
    path: '/v1/control/memory',
    summary:
      'Has every process with this role let go of what it needs no more, and tells what it holds then. Empty where no process has the role.',
    input: z.object({ role: z.string() }),
    output: z.array(ProcessMemory),
    timeoutMs: 30_000,
  }),
  injectFault: route({
    method: 'post',
    path: '/v1/control/faults',
    summary: 'Injects a fault that the target itself undoes when the lease is not renewed in time.',
    input: z.discriminatedUnion('fault', [
      leased('crash'),
      leased('pause'),
      leased('slow'),
      leased('partition'),
      leased('network'),
      leased('compromise'),
      leased('crypto-errors'),
      leased('rekey'),
      leased('authority-outage'),
      leased('clock-skew'),
      leased('coordinator-crash'),
      leased('storage'),
    ]),
    output: z.object({ faultId: z.string(), appliedAtMs: z.number() }),
    status: 201,
  }),
  renewFault: route({
    method: 'post',
    path: '/v1/control/faults/{faultId}/renew',
    summary: 'Starts the lease of an active fault anew.',
    input: z.object({ faultId: z.string() }),
    output: z.object({ expiresAtMs: z.number() }),
  }),
  undoFault: route({
    method: 'delete',
    path: '/v1/control/faults/{faultId}',
    summary: 'Undoes a fault and tells what is left of it: nothing, if all is well.',
    input: z.object({ faultId: z.string() }),
    output: z.object({ undoneAtMs: z.number(), residue: z.array(z.string()) }),
  }),
  activeFaults: route({
    method: 'get',
    path: '/v1/control/faults',
    summary: 'Faults in force now.',
    input: z.object({}),
    output: z.array(
      z.object({
        faultId: z.string(),
        fault: z.string(),
        scope: FaultScope,
        expiresAtMs: z.number(),
        /** How often it has struck, of a fault that strikes single operations: storage that lied to nobody did nothing. */
        struck: z.int().nonnegative().optional(),
      }),
    ),
    probe: {},
  }),
} as const

export type ControlPlane = Port<typeof controlRoutes>
