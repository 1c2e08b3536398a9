import { z } from 'zod'

/** What a bearer token may be good for; each mutating route of the threat-event service asks for one of them. */
export const scopes = [
  'events:post',
  'events:administer',
  'incidents:move',
  'remediation:roll-back',
  'model:infer',
  'model:administer',
  'service:operate',
] as const
export type Scope = (typeof scopes)[number]

/**
 * Credentials with which the suite asks, as the target's issuer gives them out. Each is what follows `Bearer` in the
 * header `Authorization`; the suite never looks into one.
 */
export const Tokens = z.object({
  /** Opens every route; all requests of the suite carry it unless a scenario says otherwise. */
  full: z.string().min(1),
  /** Opens the intake of events (`events:post`) and no other route. */
  sender: z.string().min(1),
  /** In force, and good for no mutating route. */
  reader: z.string().min(1),
  /** As `full` in all but its end, which has passed. */
  expired: z.string().min(1),
})
export type Tokens = z.infer<typeof Tokens>

/** The end of a token's signature: nobody can use a token without it, and nothing else ends so. */
export const endOf = (token: string): string => token.slice(-32)
