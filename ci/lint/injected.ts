/** Where time, chance and sockets may be taken from the machine; everywhere else they are injected. */
export const machineRooms: readonly string[] = [
  'fixtures/simulation/**',
  'fixtures/live/**',
  'chaos/drivers/**',
  'chaos/lease.ts',
  'chaos/ending.ts',
  'suites/contract/*-target.ts',
  'k6/**',
  'ci/**',
  '*.config.ts',
  '**/*.self.test.ts',
]

const inject = 'time and chance are injected here: take World, Clock or Random.'

export const bannedGlobals = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'performance',
  'fetch',
  'WebSocket',
  'EventSource',
].map((name) => ({ name, message: `${name}: ${inject}` }))

const properties: readonly (readonly [string, string])[] = [
  ['Date', 'now'],
  ['Math', 'random'],
  ['process', 'hrtime'],
  ['process', 'uptime'],
  ['crypto', 'randomUUID'],
  ['crypto', 'randomBytes'],
  ['crypto', 'randomInt'],
  ['crypto', 'getRandomValues'],
  ['AbortSignal', 'timeout'],
]
export const bannedProperties = properties.map(([object, property]) => ({
  object,
  property,
  message: `${object}.${property}: ${inject}`,
}))

const bannedModules =
  /^node:(timers|timers\/promises|perf_hooks|dgram|net|tls|http|https|http2|child_process|cluster|worker_threads)$/
const bannedCryptoNames = /^(random(Bytes|UUID|Int|Fill|FillSync)|getRandomValues|webcrypto|default|\*)$/

/** Why importing `names` (`*` for a namespace) from a built-in module breaks the rule, or null. */
export function machineImportProblem(specifier: string, names: readonly string[]): string | null {
  if (bannedModules.test(specifier)) return `${specifier}: ${inject}`
  const drawn = specifier === 'node:crypto' ? names.filter((name) => bannedCryptoNames.test(name)) : []
  if (drawn.length > 0) return `${drawn.join(', ')} of node:crypto: ${inject}`
  if (specifier === 'node:process' && names.includes('hrtime')) return `hrtime: ${inject}`
  return null
}
