import type { z } from 'zod'
import type { Outcome } from './outcome.ts'
import type { Scope } from './tokens.ts'

export const capabilities = [
  'control',
  'mesh',
  'crypto',
  'identity',
  'healing',
  'learning',
  'events',
  'incidents',
  'notifications',
  'remediation',
  'model',
  'configuration',
] as const
/** What a target may declare. A declared capability whose tests did not run can't be certified. */
export type Capability = (typeof capabilities)[number]

/** What a verb is asked with: one object, or one of several that a field tells apart; those have no part in the path. */
export type RouteInput = z.ZodObject | z.ZodDiscriminatedUnion

/**
 * One verb of the wire contract. `{name}` parts of the path are filled from the input's fields of
 * that name; the other fields travel as the query (GET, DELETE) or as the JSON body.
 */
export type Route<In extends RouteInput = RouteInput, Out extends z.ZodType = z.ZodType> = {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  readonly path: `/v1/${string}`
  /** What the verb promises, one sentence: it becomes the OpenAPI summary. */
  readonly summary: string
  readonly input: In
  readonly output: Out
  /** What a token must be good for to ask: without one 401, without the scope 403. Absent: anybody may ask. */
  readonly scope?: Scope
  /** HTTP status of success: 200 unless said otherwise. */
  readonly status?: 200 | 201 | 202
  /** How long a client waits for the answer: 10 s unless said otherwise. */
  readonly timeoutMs?: number
  /** Input with which the conformance test may call the verb on a fresh target at any time; absent where a verb needs an earlier answer. */
  readonly probe?: z.input<In>
}

export const route = <In extends RouteInput, Out extends z.ZodType>(row: Route<In, Out>): Route<In, Out> => row

export type Routes = Readonly<Record<string, Route>>

/** The port of a plane: one asynchronous function per row of its route table. */
export type Port<T extends Routes> = {
  readonly [Verb in keyof T]: (input: z.input<T[Verb]['input']>) => Promise<Outcome<z.output<T[Verb]['output']>>>
}
