import { z } from 'zod'
import { RoutedAlert } from './events.ts'
import { route, type Port } from './route.ts'

/** In the order of an incident's life. Only the move to the next one is legal. */
export const incidentStates = [
  'detected',
  'investigating',
  'contained',
  'eradicated',
  'recovering',
  'resolved',
  'post-mortem',
] as const
export type IncidentState = (typeof incidentStates)[number]

/** One entry of a timeline: since when the incident is in this state, who brought it there and what they said. */
const IncidentStep = z.object({
  state: z.enum(incidentStates),
  /** Milliseconds since 1970, on the target's clock. */
  atMs: z.number(),
  by: z.string(),
  note: z.string(),
})

export const Incident = z.object({
  id: z.string(),
  /** The event that opened it. */
  eventId: z.string(),
  riskLevel: RoutedAlert.shape.riskLevel,
  state: z.enum(incidentStates),
  /** From `detected` to the present state, in order. */
  timeline: z.array(IncidentStep),
})
export type Incident = z.infer<typeof Incident>

export const incidentsRoutes = {
  incidents: route({
    method: 'get',
    path: '/v1/incidents',
    summary: 'A page of incidents in order of their events, and the next cursor; the last page has no incidents.',
    input: z.object({ after: z.coerce.number().int().nonnegative(), limit: z.coerce.number().int().min(1).max(1_000) }),
    output: z.object({ next: z.int().nonnegative(), incidents: z.array(Incident) }),
    probe: { after: 0, limit: 10 },
  }),
  moveIncident: route({
    method: 'post',
    path: '/v1/incidents/{id}/moves',
    summary: 'Moves an incident to its next state; any other move is refused with 409 and changes nothing.',
    input: z.object({
      id: z.string(),
      to: z.enum(incidentStates),
      by: z.string().min(1).max(64),
      note: z.string().max(1_000),
    }),
    scope: 'incidents:move',
    output: Incident,
  }),
} as const

export type IncidentsPlane = Port<typeof incidentsRoutes>
