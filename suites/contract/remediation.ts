import { z } from 'zod'
import { route, type Port } from './route.ts'

export const Remediation = z.object({
  id: z.string(),
  eventId: z.string(),
  /** `isolate-node`: it has no links; `block-peer`: whatever its key signs is refused; `limit-peer`: more beacons than allowed are refused with 429. */
  action: z.enum(['isolate-node', 'block-peer', 'limit-peer']),
  /** The node or peer of the mesh that it is done to. */
  subject: z.string(),
  /** `previewed` is how a dry run ends: nothing was done. */
  state: z.enum(['waiting', 'running', 'applied', 'previewed', 'failed', 'rolled-back']),
  /** How often it was begun: more than once where a replica was killed over it, or the mesh did not answer. */
  attempts: z.int().nonnegative(),
  /** How the subject stood before, as far as actions can change it; null until that is recorded. */
  before: z.record(z.string(), z.union([z.boolean(), z.number(), z.null()])).nullable(),
  /** Why it failed. */
  reason: z.string().nullable(),
})
export type Remediation = z.infer<typeof Remediation>

/** What holds for events that are routed from now on. */
const Policy = z.object({ enabled: z.boolean(), dryRun: z.boolean() })

export const remediationRoutes = {
  remediationPolicy: route({
    method: 'get',
    path: '/v1/remediation-policy',
    summary: 'Whether actions are taken, or only previewed.',
    input: z.object({}),
    output: Policy,
    probe: {},
  }),
  setRemediationPolicy: route({
    method: 'put',
    path: '/v1/remediation-policy',
    summary: 'Switches actions on or off, or to dry runs, for events that are routed from now on.',
    input: Policy,
    scope: 'events:administer',
    output: Policy,
  }),
  remediations: route({
    method: 'get',
    path: '/v1/events/{eventId}/remediations',
    summary:
      'Actions that an event has set off. One whose source is a node of the mesh isolates it; a peer is limited, at the highest level blocked; any other source sets nothing off. In the audit trail an action is `remediated`, its rollback `remediation-rolled-back`, each once.',
    input: z.object({ eventId: z.string() }),
    output: z.array(Remediation),
  }),
  rollBack: route({
    method: 'post',
    path: '/v1/remediations/{id}/rollback',
    summary: 'Undoes an applied action: its subject stands as before. 409 for one that is not applied.',
    input: z.object({ id: z.string() }),
    scope: 'remediation:roll-back',
    output: Remediation,
  }),
} as const

export type RemediationPlane = Port<typeof remediationRoutes>
