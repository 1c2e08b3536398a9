import { z } from 'zod'
import type { Milliseconds } from './clock.ts'
import type { Outcome } from './outcome.ts'
import { route, type Port } from './route.ts'
import { JournalCopy } from './storage.ts'

const der = z.base64()

/** Kinds of signing authority: a target has one of at least one kind. */
export const authorityKind = z.enum(['P-256', 'ML-DSA-65'])
export type AuthorityKind = z.infer<typeof authorityKind>

/** An X.509-SVID as the Workload API hands it out. Byte strings are base64 DER. */
export type X509Svid = {
  readonly spiffeId: string
  /** Certificates, leaf first. */
  readonly chain: readonly string[]
  readonly privateKeyPkcs8: string
  /** CA certificates of the SVID's trust domain. */
  readonly bundle: readonly string[]
}

/** CA certificates, base64 DER, by the SPIFFE ID of their trust domain. */
export type Bundles = Readonly<Record<string, readonly string[]>>

/** One message of FetchX509SVID: everything that the caller is, in place of every earlier message. */
export type SvidMessage = {
  readonly atMs: Milliseconds
  readonly svids: readonly X509Svid[]
  /** Of foreign trust domains. */
  readonly federated: Bundles
}

/** One message of FetchX509Bundles. */
export type BundleMessage = { readonly atMs: Milliseconds; readonly bundles: Bundles }

/** A stream of the Workload API that is held open until `close`. */
export type HeldStream<Message> = {
  /** All messages so far, in their order. */
  readonly messages: () => readonly Message[]
  /** Null while it is open; else when and with which gRPC code the target ended it. */
  readonly ended: () => { readonly atMs: Milliseconds; readonly code: string } | null
  readonly close: () => void
}

export type JwtSvid = {
  readonly spiffeId: string
  /** JWS compact serialisation. */
  readonly token: string
}

/** Methods of the Workload API; the last two belong to a profile that a server need not offer. */
export const workloadMethods = [
  'FetchX509SVID',
  'FetchX509Bundles',
  'FetchJWTSVID',
  'FetchJWTBundles',
  'ValidateJWTSVID',
  'FetchWITSVID',
  'FetchWITBundles',
] as const
export type WorkloadMethod = (typeof workloadMethods)[number]

/** Steps of a CA roll-over: the new authority is published, then signs, then the old one leaves the bundle. */
export const rollSteps = ['prepare', 'activate', 'retire'] as const
export type RollStep = (typeof rollSteps)[number]

export const identityRoutes = {
  identityStatus: route({
    method: 'get',
    path: '/v1/identity',
    summary: 'Trust domain of an authority, lifetime of its SVIDs, its clock, and counters of the plane.',
    input: z.object({ authority: authorityKind.optional() }),
    output: z.object({
      trustDomain: z.string(),
      /** Lifetime of an SVID unless its registration says otherwise. */
      svidTtlS: z.number().positive(),
      authority: authorityKind,
      /** Every kind of authority that the target has, the default one first. */
      authorities: z.array(authorityKind).min(1),
      /** Unix seconds on the clock that validity is counted by. */
      nowS: z.number(),
      /** How long past its end a JWT-SVID is accepted, for clocks that differ. Not stated, it is taken for the most that is allowed, 60 s. */
      jwtLeewayS: z.number().nonnegative().optional(),
      svidsIssued: z.number(),
      attestationsAccepted: z.number(),
      attestationsRefused: z.number(),
      /** What the storages of the authority's journal are worth; absent where it keeps none, or does not tell. */
      journal: z.array(JournalCopy).optional(),
    }),
    probe: {},
  }),
  registerWorkload: route({
    method: 'post',
    path: '/v1/identity/workloads',
    summary:
      'Registers a workload by the path of its SPIFFE ID and answers the Workload API endpoint at which it is attested: ' +
      'one of its own, or with selectors the one that all share, where a caller is whatever every selector is true of. ' +
      'No SVID of it, X.509 or JWT, lives longer than `svidTtlS`.',
    input: z.object({
      path: z.string().startsWith('/').max(256),
      /** As SPIRE's unix attestor names them: `unix:uid:1000`, `unix:gid:100`, `unix:path:/usr/bin/node`. */
      selectors: z.array(z.string().min(1)).max(16).optional(),
      svidTtlS: z.int().min(2).optional(),
      authority: authorityKind.optional(),
    }),
    output: z.object({ spiffeId: z.string(), endpoint: z.string() }),
    status: 201,
    probe: { path: '/conformance' },
  }),
  removeWorkload: route({
    method: 'delete',
    path: '/v1/identity/workloads',
    summary: 'Takes a registration back: from then on nobody is attested as that workload, held streams included.',
    input: z.object({ spiffeId: z.string() }),
    output: z.object({ removed: z.boolean() }),
    probe: { spiffeId: 'spiffe://nobody.example/conformance' },
  }),
  rollAuthority: route({
    method: 'post',
    path: '/v1/identity/roll-over',
    summary:
      'Takes one step of a CA roll-over: `prepare` publishes a new authority, `activate` lets it sign and replaces every held SVID, ' +
      '`retire` takes the old one out of the bundle.',
    input: z.object({ step: z.enum(rollSteps), authority: authorityKind.optional() }),
    output: z.object({ bundle: z.array(der).min(1) }),
  }),
  validateSvid: route({
    method: 'post',
    path: '/v1/identity/validate',
    summary: "Runs the target's own X.509-SVID validation of a chain against a given trust bundle at a given time.",
    input: z.object({
      chain: z.array(der).min(1).max(8),
      bundle: z.array(der).max(8),
      trustDomain: z.string(),
      atS: z.number().optional(),
    }),
    output: z.object({ accepted: z.boolean(), spiffeId: z.string().nullable(), reason: z.string() }),
  }),
} as const

type At = { readonly endpoint: string }

/** The SPIFFE Workload API (gRPC at the endpoint of a registered workload), as the suite speaks it. */
export type WorkloadApi = {
  /** The first message of FetchX509SVID. */
  readonly fetchX509Svid: (input: At & { readonly securityHeader?: boolean }) => Promise<Outcome<readonly X509Svid[]>>
  /** Answers once the first message is there. */
  readonly holdX509Svids: (input: At) => Promise<Outcome<HeldStream<SvidMessage>>>
  readonly holdX509Bundles: (input: At) => Promise<Outcome<HeldStream<BundleMessage>>>
  readonly fetchJwtSvid: (
    input: At & { readonly audience: readonly string[]; readonly spiffeId?: string },
  ) => Promise<Outcome<readonly JwtSvid[]>>
  /** JWK sets as text, by the SPIFFE ID of their trust domain. */
  readonly fetchJwtBundles: (input: At) => Promise<Outcome<Readonly<Record<string, string>>>>
  readonly validateJwtSvid: (
    input: At & { readonly audience: string; readonly token: string },
  ) => Promise<Outcome<{ readonly spiffeId: string; readonly claims: Readonly<Record<string, unknown>> }>>
  /** The gRPC code that an empty request of a method is answered with; `OK` where a message comes. */
  readonly answerOf: (
    input: At & { readonly method: WorkloadMethod; readonly securityHeader?: boolean },
  ) => Promise<string>
}

/** The wire part of the identity plane plus the Workload API. */
export type IdentityPlane = Port<typeof identityRoutes> & WorkloadApi
