import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { controlRoutes } from './control.ts'
import { definite, indefinite, ok, type Outcome } from './outcome.ts'
import type { Capability, Port, Route, Routes } from './route.ts'
import { routes } from './routes.ts'
import type { ConnectContext, Handle, Launch, StartContext, Target, TierAccess } from './target.ts'
import { Tokens } from './tokens.ts'
import { workloadApi } from './workload-api-target.ts'

/** Real time on live tiers: the host's monotonic clock. */
const hostClock = {
  nowMs: () => Number(process.hrtime.bigint()) / 1e6,
  sleep: async (ms: number) => {
    await delay(Math.max(0, ms))
  },
}

/** Where a verb is asked, and as whom; null asks as nobody. */
type Access = { readonly base: string; readonly token: string | null }

function request(
  { base, token }: Access,
  row: Route,
  input: Readonly<Record<string, unknown>>,
): { url: string; init: RequestInit } {
  const inPath = new Set<string>()
  const path = row.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    inPath.add(name)
    return encodeURIComponent(String(input[name]))
  })
  const rest = Object.entries(input).filter(([name, value]) => !inPath.has(name) && value !== undefined)
  const headers = token === null ? {} : { Authorization: `Bearer ${token}` }
  const init = { method: row.method.toUpperCase(), headers, signal: AbortSignal.timeout(row.timeoutMs ?? 10_000) }
  if (row.method === 'get' || row.method === 'delete') {
    const query = new URLSearchParams(Object.fromEntries(rest.map(([name, value]) => [name, String(value)]))).toString()
    return { url: `${base}${path}${query === '' ? '' : `?${query}`}`, init }
  }
  return {
    url: `${base}${path}`,
    init: {
      ...init,
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify(Object.fromEntries(rest)),
    },
  }
}

/** Nothing reached the target if the connection was refused; anything else may have. */
function connectionFailure(error: unknown): Outcome<never> {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
  return code === 'ECONNREFUSED' ? definite(message) : indefinite(message)
}

async function call(
  access: Access,
  name: string,
  row: Route,
  input: Readonly<Record<string, unknown>>,
): Promise<Outcome<unknown>> {
  let status: number
  let text: string
  let retryAfter: string | null
  try {
    const { url, init } = request(access, row, input)
    const response = await fetch(url, init)
    status = response.status
    retryAfter = response.headers.get('retry-after')
    text = await response.text()
  } catch (error) {
    return connectionFailure(error)
  }
  if (status === (row.status ?? 200)) {
    const parsed = row.output.safeParse(parseJson(text))
    if (parsed.success) return ok(parsed.data)
    return indefinite(
      `${name} answered ${status} with a body outside the contract: ${z.prettifyError(parsed.error)}`,
      status,
    )
  }
  const said = `${row.method.toUpperCase()} ${row.path} answered ${status}: ${text.slice(0, 300)}`
  const refused = status >= 400 && (status < 500 || (status === 503 && retryAfter !== null) || status === 501)
  if (!refused) return indefinite(said, status)
  const isInSeconds = retryAfter !== null && /^\d+$/.test(retryAfter)
  return { ...definite(said, status), ...(isInSeconds && { retryAfterS: Number(retryAfter) }) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A typed client of a route table: one function per verb. Asks with `token`, without any unless given. */
export function wireClient<T extends Routes>(table: T, base: string, token: string | null = null): Port<T> {
  const access = { base: base.replace(/\/$/, ''), token }
  const verbs = Object.entries(table).map(([name, row]) => [
    name,
    (input: Readonly<Record<string, unknown>>) => call(access, name, row, input),
  ])
  // Object.fromEntries forgets which verb goes with which name; the table above is the proof that they match.
  return Object.fromEntries(verbs) as Port<T>
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
  if (!response.ok)
    throw new Error(`${url} answered ${response.status}: serve Prometheus text there, or leave it out of \`metrics\`.`)
  return response.text()
}

/** A URL leaves out the port that its scheme has anyway. */
function portOf(url: string): string {
  const { port, protocol } = new URL(url)
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port
}

type Assembly = Pick<Target, 'description' | 'faults'> & {
  readonly urlOf: (capability: Capability) => string
  readonly tokens: Tokens | null
  /** With which everything is asked. */
  readonly token: string | null
}

function assemble(assembly: Assembly): Target {
  const { description, faults, urlOf, tokens, token } = assembly
  const offers = (capability: Capability) => description.capabilities.includes(capability)
  const plane = <T extends Routes>(capability: Capability, table: T) => wireClient(table, urlOf(capability), token)
  return {
    description,
    ...(faults && { faults }),
    clock: hostClock,
    alive: async () => (await wireClient(controlRoutes, urlOf('control')).describe({})).ok,
    exposition: () => Promise.all(description.metrics.map(fetchText)),
    apiPorts: [...new Set(['control' as const, ...description.capabilities].map(urlOf).map(portOf))],
    wire: { urlOf, tokens, as: (another) => assemble({ ...assembly, token: another }) },
    ...(offers('control') ? { control: plane('control', routes.control) } : {}),
    ...(offers('mesh') ? { mesh: plane('mesh', routes.mesh) } : {}),
    ...(offers('crypto') ? { crypto: plane('crypto', routes.crypto) } : {}),
    ...(offers('identity') ? { identity: { ...plane('identity', routes.identity), ...workloadApi } } : {}),
    ...(offers('healing') ? { healing: plane('healing', routes.healing) } : {}),
    ...(offers('learning') ? { learning: plane('learning', routes.learning) } : {}),
    ...(offers('events') ? { events: plane('events', routes.events) } : {}),
    ...(offers('incidents') ? { incidents: plane('incidents', routes.incidents) } : {}),
    ...(offers('notifications') ? { notifications: plane('notifications', routes.notifications) } : {}),
    ...(offers('remediation') ? { remediation: plane('remediation', routes.remediation) } : {}),
    ...(offers('model') ? { model: plane('model', routes.model) } : {}),
    ...(offers('configuration') ? { configuration: plane('configuration', routes.configuration) } : {}),
    close: () => Promise.resolve(),
  }
}

const Urls = z.object({
  url: z.url(),
  urls: z.partialRecord(z.enum(Object.keys(routes) as [Capability, ...Capability[]]), z.url()).default({}),
  tokens: z.string().optional(),
  faults: z.literal('allowed').optional(),
})

/** Tokens come as a file: what is in a handle is written down with the run. */
function readTokens(path: string): Tokens {
  try {
    return Tokens.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    // The cause may quote what is in the file.
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'it is not what is asked for'
    const fields = Object.keys(Tokens.shape).join(', ')
    throw new Error(`No tokens can be read from ${path} (${why}): write one JSON object there with ${fields}.`)
  }
}

/**
 * Connects to a served wire contract. The handle holds `url`, `urls` for planes that live elsewhere, in `tokens` the path
 * of a file of tokens where there are any, and in `faults` the label that allows them where the target has it.
 */
export async function connectHttp(handle: Handle): Promise<Target> {
  const { url, urls, tokens: tokensFile, faults } = Urls.parse(handle)
  const tokens = tokensFile === undefined ? null : readTokens(tokensFile)
  const described = await wireClient(controlRoutes, urls.control ?? url).describe({})
  if (!described.ok) {
    throw new Error(
      `No target answers GET /v1/target at ${urls.control ?? url}: ${described.error}. Start it, or correct the URL in the target file.`,
    )
  }
  return assemble({
    description: described.value,
    ...(faults && { faults }),
    urlOf: (capability) => urls[capability] ?? url,
    tokens,
    token: tokens?.full ?? null,
  })
}

/**
 * A target that serves the wire contract. It already runs at `url`, or `command` starts it: the run
 * then owns the process and waits until GET /v1/target answers.
 */
export function httpTarget(options: {
  readonly url: string
  readonly urls?: Readonly<Partial<Record<Capability, string>>>
  /** Path of a JSON file with the tokens of `tokens.ts`, where routes ask for them. */
  readonly tokens?: string
  /** The label without which nothing breaks this target: see `Target`. */
  readonly faults?: 'allowed'
  readonly command?: readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
  readonly startTimeoutMs?: number
}): TierAccess {
  const handle: Handle = {
    url: options.url,
    urls: { ...options.urls },
    ...(options.tokens === undefined ? {} : { tokens: options.tokens }),
    ...(options.faults && { faults: options.faults }),
  }
  const connect = (given: Handle, _: ConnectContext) => connectHttp(given)
  const start = async (context: StartContext) => {
    await startCommand(options, context)
    return handle
  }
  return { start, connect }
}

async function startCommand(options: Parameters<typeof httpTarget>[0], context: StartContext): Promise<void> {
  const [command, ...args] = options.command ?? []
  if (context.defect !== undefined || context.variant !== undefined) {
    throw new Error(
      'Defects and variants belong to the reference target: leave out --defect and --variant with --target.',
    )
  }
  const fate: { ended?: string } = {}
  if (command !== undefined) {
    const launch: Launch = {
      name: 'target',
      command,
      args,
      env: { ...options.env, MESHCERT_SCRATCH: context.scratch, MESHCERT_SEED: context.seed },
    }
    const launched = await context.launch(launch)
    void launched.ended().then((how) => {
      fate.ended = `The target's command \`${[command, ...args].join(' ')}\` ${how}`
    })
  }
  const deadline = hostClock.nowMs() + (command === undefined ? 2_000 : (options.startTimeoutMs ?? 30_000))
  const control = wireClient(controlRoutes, options.urls?.control ?? options.url)
  for (;;) {
    const described = await control.describe({})
    // Whoever answers at that address is not what was started: it could not have the port.
    if (fate.ended !== undefined) {
      throw new Error(
        `${fate.ended}\nIt must stay and serve GET /v1/target at ${options.url}: correct it in the target file.`,
      )
    }
    if (described.ok) return
    if (hostClock.nowMs() > deadline) {
      throw new Error(
        `No target answers GET /v1/target at ${options.url}: ${described.error}. Start it, or correct the URL in the target file.`,
      )
    }
    await hostClock.sleep(100)
  }
}
