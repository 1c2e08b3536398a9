import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Route } from '../../suites/contract/route.ts'
import { routes } from '../../suites/contract/routes.ts'
import { openApi } from './openapi.ts'

const Media = z.object({ 'application/json': z.object({ schema: z.looseObject({}), example: z.unknown().optional() }) })
const Operation = z.object({
  operationId: z.string(),
  summary: z.string().min(10),
  tags: z.tuple([z.string()]),
  parameters: z
    .array(
      z.object({ name: z.string(), in: z.enum(['path', 'query']), required: z.boolean(), schema: z.looseObject({}) }),
    )
    .optional(),
  requestBody: z.object({ required: z.literal(true), content: Media }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content: Media })),
})
const Document = z.object({
  openapi: z.literal('3.1.0'),
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(
    z.string().startsWith('/v1/'),
    z.record(z.enum(['get', 'post', 'put', 'delete']), Operation.optional()),
  ),
  components: z.object({ schemas: z.record(z.string(), z.looseObject({})) }),
})

const document = Document.parse(openApi())
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, operation]) =>
    operation === undefined ? [] : [{ path, method, operation }],
  ),
)
const table: readonly (readonly [string, Route])[] = Object.values(routes).flatMap((plane) =>
  Object.entries<Route>(plane),
)

/** Strict: an unknown keyword or type in a schema is an error. Formats say what zod checks by itself. */
function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false })
  ajv.addSchema({ $id: 'contract', components: document.components })
  return ajv
}

test('every verb of the contract is an operation, under its own name, once', () => {
  expect(operations.map(({ operation }) => operation.operationId).sort()).toEqual(table.map(([verb]) => verb).sort())
  for (const [verb, { path, method, status }] of table) {
    const found = operations.find(({ operation }) => operation.operationId === verb)
    expect(found).toMatchObject({ path, method })
    expect(Object.keys(found?.operation.responses ?? {})).toContain(String(status ?? 200))
  }
})

test('every placeholder of a path is a required parameter', () => {
  for (const { path, operation } of operations) {
    const placed = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
    expect(declared.map(({ name }) => name)).toEqual(placed)
    expect(declared.every(({ required }) => required)).toBe(true)
  }
})

test('every schema is valid JSON Schema 2020-12', () => {
  const ajv = createAjv()
  const schemas = operations.flatMap(({ operation }) => [
    ...(operation.parameters ?? []).map(({ schema }) => schema),
    ...(operation.requestBody === undefined ? [] : [operation.requestBody.content['application/json'].schema]),
    ...Object.values(operation.responses).map(({ content }) => content['application/json'].schema),
  ])
  expect(schemas.length).toBeGreaterThan(60)
  for (const schema of schemas) {
    if ('$ref' in schema) expect(schema['$ref']).toBe('#/components/schemas/Problem')
    else expect(() => ajv.compile(schema), JSON.stringify(schema)).not.toThrow()
  }
})

test('what the conformance test sends fits the published schema, and a broken one does not', () => {
  const ajv = createAjv()
  const bodies = operations.flatMap(({ operation }) => {
    const media = operation.requestBody?.content['application/json']
    return media?.example === undefined ? [] : [{ id: operation.operationId, ...media }]
  })
  expect(bodies.length).toBeGreaterThan(0)
  for (const { id, schema, example } of bodies) expect(ajv.validate(schema, example), id).toBe(true)
  const event = bodies.find(({ id }) => id === 'postEvent')
  expect(ajv.validate(event?.schema ?? false, { ...Object(event?.example), severity: 11 })).toBe(false)
})
