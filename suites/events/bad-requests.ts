import fc from 'fast-check'
import { z } from 'zod'
import type { Capability, Route, Routes } from '../contract/route.ts'
import { routes } from '../contract/routes.ts'
import { inputsAround } from './schema-arbitrary.ts'

/** The planes of the threat-event service. */
export const planes = [
  'events',
  'incidents',
  'notifications',
  'remediation',
  'model',
] as const satisfies readonly Capability[]

/** One request to a verb: its input, or a body that was not made from one. */
export type BadRequest = {
  readonly plane: (typeof planes)[number]
  readonly verb: string
  readonly row: Route
  readonly input: unknown
  readonly text: string | null
}

/** Of one request to each other verb so many are for the intake: it is what strangers reach. */
const intakeWeight = 16

/** A training on the service's own records is a second of a core: EVT-ML asks for those. */
const isCostly = ({ verb, input }: BadRequest): boolean =>
  verb === 'trainModel' && z.looseObject({ trainingSet: z.null() }).safeParse(input).success

const isRead = ({ method }: Route): boolean => method === 'get' || method === 'delete'

/** What stands where JSON should: it breaks off, is nested without end, or names what every object has. */
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    '',
    '{',
    '[]',
    'null',
    '"a"',
    '{"id":1}}',
    '\ufeff{}',
    '{"__proto__":{"id":"a"}}',
    '{"id":1e999}',
    '['.repeat(10_000),
    `{"features":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
  ),
)

const verbsOf = (plane: BadRequest['plane']): Routes => routes[plane]

const requestsTo = (plane: BadRequest['plane'], verb: string, row: Route): fc.Arbitrary<BadRequest> =>
  fc
    .tuple(
      inputsAround(row.input, isRead(row) ? 'output' : 'input'),
      fc.oneof({ arbitrary: fc.constant(null), weight: 19 }, { arbitrary: texts, weight: 1 }),
    )
    .map(([input, text]) => ({ plane, verb, row, input, text: isRead(row) ? null : text }))
    .filter((one) => !isCostly(one))

/** Requests around the rims of the contract: every verb of the service, from the one table that server and clients are made of. */
export const badRequests: fc.Arbitrary<BadRequest> = fc.oneof(
  ...planes.flatMap((plane) =>
    Object.entries(verbsOf(plane)).map(([verb, row]) => ({
      weight: verb === 'postEvent' ? intakeWeight : 1,
      arbitrary: requestsTo(plane, verb, row),
    })),
  ),
)

/** A text as it can stand in a URL: half a surrogate pair can't. */
const inUrl = (value: unknown): string =>
  encodeURIComponent((typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed())

/** As it travels. A field of the path that is missing, or empty, is some name: without one the route would be another. */
export function wireOf({ row, input, text }: BadRequest): { readonly path: string; readonly body: string } {
  const given = new Map(typeof input === 'object' && input !== null ? Object.entries(input) : [])
  const path = row.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => inUrl(given.get(name) ?? '') || 'none')
  if (!isRead(row)) return { path, body: text ?? JSON.stringify(input) ?? '' }
  const query = [...given].map(([name, value]) => `${inUrl(name)}=${inUrl(value)}`).join('&')
  return { path: query === '' ? path : `${path}?${query}`, body: '' }
}
