import { z } from 'zod'
import type { Outcome } from './outcome.ts'
import { route, type Port } from './route.ts'

const der = z.base64()

/** An X.509-SVID as the Workload API hands it out. Byte strings are base64 DER. */
export type X509Svid = {
  readonly spiffeId: string
  /** Certificates, leaf first. */
  readonly chain: readonly string[]
  readonly privateKeyPkcs8: string
  /** CA certificates of the SVID's trust domain. */
  readonly bundle: readonly string[]
}

export const identityRoutes = {
  identityStatus: route({
    method: 'get',
    path: '/v1/identity',
    summary: 'Trust domain, lifetime of an SVID, and counters of the authority.',
    input: z.object({}),
    output: z.object({
      trustDomain: z.string(),
      svidTtlS: z.number().positive(),
      authority: z.enum(['P-256', 'ML-DSA-65']),
      svidsIssued: z.number(),
      attestationsRefused: z.number(),
    }),
    probe: {},
  }),
  registerWorkload: route({
    method: 'post',
    path: '/v1/identity/workloads',
    summary:
      'Registers a workload by the path of its SPIFFE ID and answers the Workload API endpoint on which only it is attested.',
    input: z.object({ path: z.string().startsWith('/').max(256) }),
    output: z.object({ spiffeId: z.string(), endpoint: z.string() }),
    status: 201,
    probe: { path: '/conformance' },
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

/** The wire part of the identity plane plus the SPIFFE Workload API (gRPC at the endpoint of a registered workload). */
export type IdentityPlane = Port<typeof identityRoutes> & {
  readonly fetchX509Svid: (input: {
    readonly endpoint: string
    readonly securityHeader?: boolean
  }) => Promise<Outcome<readonly X509Svid[]>>
}
