import { z } from 'zod'
import type { Route, RouteInput } from '../../suites/contract/route.ts'
import { routes } from '../../suites/contract/routes.ts'

type Schema = Record<string, unknown>

/**
 * What travels: the input side of a body, but the coerced type of a query, which JSON Schema can
 * name. An answer may hold more than the contract names: the client ignores what it does not know.
 */
function schemaOf(type: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, {
    target: 'draft-2020-12',
    io,
    reused: 'inline',
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
    },
  })
  return schema
}

const placeholders = (path: string): readonly string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)

/** Of one of several inputs none is known before it is there: it is a body as a whole. */
const fieldsOf = (input: RouteInput): readonly string[] =>
  input instanceof z.ZodObject ? Object.keys(input.shape) : []

function parametersOf({ path, method, input }: Route): readonly Schema[] {
  const inPath = placeholders(path)
  const inQuery =
    method === 'get' || method === 'delete' ? fieldsOf(input).filter((name) => !inPath.includes(name)) : []
  const { properties = {}, required = [] } = z
    .object({ properties: z.record(z.string(), z.unknown()).optional(), required: z.array(z.string()).optional() })
    .parse(schemaOf(input, 'output'))
  const parameter = (name: string, place: 'path' | 'query') => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: properties[name],
  })
  return [...inPath.map((name) => parameter(name, 'path')), ...inQuery.map((name) => parameter(name, 'query'))]
}

function bodyOf({ path, method, input, probe }: Route): Schema | null {
  if (method === 'get' || method === 'delete') return null
  const inPath = placeholders(path)
  const names = fieldsOf(input).filter((name) => !inPath.includes(name))
  if (input instanceof z.ZodObject && names.length === 0) return null
  const body =
    input instanceof z.ZodObject
      ? z.object(Object.fromEntries(names.map((name) => [name, input.shape[name] ?? z.never()])))
      : input
  const media = { schema: schemaOf(body, 'input'), ...(probe === undefined ? {} : { example: probe }) }
  return { required: true, content: { 'application/json': media } }
}

const problem = { content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } } }

function operationOf(plane: string, verb: string, route: Route): Schema {
  const body = bodyOf(route)
  const parameters = parametersOf(route)
  return {
    operationId: verb,
    tags: [plane],
    summary: route.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null ? {} : { requestBody: body }),
    ...(route.scope === undefined ? {} : { security: [{ bearer: [route.scope] }] }),
    responses: {
      [String(route.status ?? 200)]: {
        description: 'It happened.',
        content: { 'application/json': { schema: schemaOf(route.output, 'output') } },
      },
      '4XX': { description: 'A definite failure: it did not happen.', ...problem },
      '5XX': {
        description: 'An indefinite failure: it may have happened. 503 with Retry-After alone says that it did not.',
        ...problem,
      },
    },
  }
}

function pathsOf(): Record<string, Record<string, Schema>> {
  const paths: Record<string, Record<string, Schema>> = {}
  for (const [plane, table] of Object.entries(routes)) {
    const rows: readonly (readonly [string, Route])[] = Object.entries(table)
    for (const [verb, route] of rows) {
      const methods = (paths[route.path] ??= {})
      if (methods[route.method] !== undefined) {
        throw new Error(`Two verbs share ${route.method.toUpperCase()} ${route.path}: give ${verb} a path of its own.`)
      }
      methods[route.method] = operationOf(plane, verb, route)
    }
  }
  return paths
}

/** The wire contract as an OpenAPI 3.1 document, derived from the route table. */
export function openApi(): Schema {
  return {
    openapi: '3.1.0',
    info: {
      title: 'meshcert wire contract',
      version: '1',
      description:
        'What a target serves to be tested over HTTP: the planes that it declares at GET /v1/target, and Prometheus ' +
        'text at the URLs listed there. Times are host-monotonic milliseconds (CLOCK_MONOTONIC), the same clock in ' +
        'every process of the host.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: Object.keys(routes).map((name) => ({ name })),
    paths: pathsOf(),
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A target that asks for no tokens serves the routes to anybody, and fails what asks for them.',
        },
      },
      schemas: { Problem: { type: 'object', properties: { error: { type: 'string' } }, required: ['error'] } },
    },
  }
}
