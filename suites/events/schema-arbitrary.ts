import fc from 'fast-check'
import { z } from 'zod'

/** As much of JSON Schema as the contract's inputs use. */
type Schema = {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly format?: string
  readonly pattern?: string
  readonly required?: readonly string[]
  readonly minLength?: number
  readonly maxLength?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
}
const Schema: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    type: z.union([z.string(), z.array(z.string())]).exactOptional(),
    enum: z.array(z.unknown()).exactOptional(),
    anyOf: z.array(Schema).exactOptional(),
    properties: z.record(z.string(), Schema).exactOptional(),
    additionalProperties: z.union([z.boolean(), Schema]).exactOptional(),
    items: Schema.exactOptional(),
    format: z.string().exactOptional(),
    pattern: z.string().exactOptional(),
    required: z.array(z.string()).exactOptional(),
    minLength: z.number().exactOptional(),
    maxLength: z.number().exactOptional(),
    maxItems: z.number().exactOptional(),
    minimum: z.number().exactOptional(),
    exclusiveMinimum: z.number().exactOptional(),
    maximum: z.number().exactOptional(),
  }),
)

type Values = fc.Arbitrary<unknown>

/** What databases, paths and parsers take amiss, and names that objects have already. */
const hostileTexts: readonly string[] = [
  '',
  '\0',
  'a\0b',
  '\ud800',
  'a\udfff',
  '\u202e',
  '__proto__',
  'constructor',
  "'; DROP TABLE event; --",
  '../../etc/passwd',
  '%00',
  '%',
  '1',
  '-1',
  '2147483648',
  '9223372036854775808',
  '1e400',
  'NaN',
]

/** What is no text, number or object of the contract. */
const traps: Values = fc.constantFrom<unknown>(
  ...hostileTexts,
  null,
  true,
  [],
  {},
  -0,
  -1,
  1.5,
  5e-324,
  1e308,
  2_147_483_648,
  Number.MAX_SAFE_INTEGER + 1,
  '9'.repeat(400),
  { toString: 1, valueOf: 1 },
  Array.from({ length: 100 }).reduce<unknown>((inner) => [inner], 0),
)

const longest = 2_000

function text({ minLength = 0, maxLength = 256 }: Schema): Values {
  const [least, most] = [Math.min(minLength, longest), Math.min(maxLength, longest)]
  const rims = ['x'.repeat(Math.max(0, least - 1)), 'x'.repeat(least), 'x'.repeat(most), 'x'.repeat(most + 1)]
  const usual = fc.string({ unit: 'binary', minLength: least, maxLength: Math.max(least, Math.min(most, 64)) })
  return fc.oneof(
    { arbitrary: usual, weight: 4 },
    { arbitrary: fc.constantFrom(...hostileTexts), weight: 1 },
    { arbitrary: fc.constantFrom(...rims), weight: 1 },
  )
}

/** Nothing here leads off this machine: what is taken for an address is written to. */
const formatted: Readonly<Record<string, { readonly usual: readonly string[]; readonly odd: readonly string[] }>> = {
  uri: {
    usual: [
      'http://127.0.0.1:9/nobody',
      'https://127.0.0.1:9/nobody',
      'HTTP://user:a@[::1]:9/?b#c',
      'smtp://127.0.0.1:9',
    ],
    odd: [
      'http://%:%@127.0.0.1:9/',
      'http://127.0.0.1:9/\0',
      'http://127.0.0.1:9/\ud800',
      'http://127.0.0.1:65536/',
      'smtp://%:%@127.0.0.1:9',
      'smtps://user:%00@127.0.0.1:9',
      'smtp://127.0.0.1:0',
      'file:///etc/passwd',
      'data:,',
      'x:',
      'http://',
    ],
  },
  email: { usual: ['operator@a.example', 'a.b+c@a.example'], odd: ['"a b"@a.example', '@', 'a\0@a.example'] },
}

function string(schema: Schema): Values {
  const { format = '', pattern } = schema
  const known = formatted[format]
  if (known !== undefined)
    return fc.oneof(
      { arbitrary: fc.constantFrom(...known.usual), weight: 9 },
      { arbitrary: fc.constantFrom(...known.odd), weight: 1 },
      { arbitrary: text(schema), weight: 1 },
    )
  if (pattern === undefined) return text(schema)
  return fc.oneof(
    { arbitrary: fc.stringMatching(new RegExp(pattern)), weight: 9 },
    { arbitrary: text(schema), weight: 1 },
  )
}

function number({ type, exclusiveMinimum = -1e6, minimum = exclusiveMinimum, maximum = 1e6 }: Schema): Values {
  const rims = [minimum, maximum].flatMap((rim) => [rim, rim * (1 + Number.EPSILON), rim + 1, rim - 1])
  const within =
    type === 'integer'
      ? fc.integer({ min: Math.max(minimum, -(2 ** 31)), max: Math.min(maximum, 2 ** 31 - 1) })
      : fc.double({ min: minimum, max: maximum, noNaN: true })
  return fc.oneof({ arbitrary: within, weight: 4 }, { arbitrary: fc.constantFrom(...rims), weight: 1 })
}

function object({ properties = {}, required = [], additionalProperties }: Schema): Values {
  const fields = Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, around(child)]))
  const whole = fc.record(fields, { requiredKeys: required.filter((name) => name in fields) })
  const partial = fc.record(fields, { requiredKeys: [] })
  const more = typeof additionalProperties === 'object' ? around(additionalProperties) : fc.jsonValue({ maxDepth: 2 })
  const others = fc.dictionary(fc.string({ unit: 'binary', maxLength: 12 }), more, {
    maxKeys: 4,
    noNullPrototype: true,
  })
  return fc
    .tuple(fc.oneof({ arbitrary: whole, weight: 9 }, { arbitrary: partial, weight: 1 }), others, fc.boolean())
    .map(([own, extra, isExtended]) => (isExtended ? { ...extra, ...own } : own))
}

function shaped(schema: Schema): Values {
  if (typeof schema.type === 'object') return fc.oneof(...schema.type.map((type) => around({ ...schema, type })))
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(around))
  if (schema.type === 'object') return object(schema)
  if (schema.type === 'array')
    return fc.array(around(schema.items ?? {}), { maxLength: Math.min(6, (schema.maxItems ?? 5) + 1) })
  if (schema.type === 'string') return string(schema)
  if (schema.type === 'number' || schema.type === 'integer') return number(schema)
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'null') return fc.constant(null)
  return fc.jsonValue({ maxDepth: 2 })
}

/** Values of a schema, at its rims and just beyond them, and now and then something else altogether. */
const around = (schema: Schema): Values =>
  fc.oneof({ arbitrary: shaped(schema), weight: 29 }, { arbitrary: traps, weight: 1 })

/** Inputs of a verb around what its schema allows: the one that the OpenAPI document shows for it, of the same table. */
export const inputsAround = (input: z.ZodType, io: 'input' | 'output'): fc.Arbitrary<unknown> =>
  around(Schema.parse(z.toJSONSchema(input, { target: 'draft-2020-12', io, reused: 'inline' })))
