import { z } from 'zod'
import { promisedSettings, settingKeys, Settings, type SettingKey } from '../../suites/contract/configuration.ts'
import { generatedNote, page, table } from './markdown.ts'

const Bounds = z.object({
  type: z.string(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  enum: z.array(z.string()).optional(),
})

const grouped = (value: number): string => value.toLocaleString('en-GB', { maximumFractionDigits: 3 })

/** What a setting may be, in words. */
function domain(key: SettingKey): string {
  const { type, minimum, maximum, enum: words } = Bounds.parse(z.toJSONSchema(Settings.shape[key]))
  if (words !== undefined) return words.map((word) => `\`${word}\``).join(', ')
  if (minimum === undefined || maximum === undefined)
    return type === 'boolean' ? '`true`, `false`' : 'time of day, `HH:MM`'
  return `${type === 'integer' ? 'whole, ' : ''}${grouped(minimum)} to ${grouped(maximum)}`
}

const told = (value: string | number | boolean): string => (typeof value === 'number' ? grouped(value) : `\`${value}\``)

const rows = (): readonly (readonly string[])[] =>
  settingKeys.map((key) => [
    `\`${key}\``,
    told(promisedSettings[key]),
    domain(key),
    Settings.shape[key].description ?? '',
  ])

const intro = `# Settings of the threat-event service

A setting that nobody has changed has the value of \`sla.config.ts\`. What is shared (the queue, workflows, workers,
connections, rates) counts over all replicas of the service: each gets its part, and the parts add up exactly.

For the reference, name a file of JSON in the environment, then start as usual:

\`\`\`sh
echo '{ "queue.capacity": 100000, "logging.level": "warning" }' > settings.json
EVENTS_SETTINGS=settings.json npx meshcert gate
\`\`\`

It is read once, at the start of the service. A wrong value, a name that is none of these, or levels of risk that are out of
order end the start with exit code 64, and the last words name each key and what it must be. Nothing is replaced by a
default. \`EVT-CONFIG\` (\`npx meshcert explain EVT-CONFIG\`) starts services with changed settings through the plane
\`configuration\` of the contract and looks for what each of them changes.`

const database = `## Database

Without \`DATABASE_URL\` the service starts the embedded PostgreSQL for the run, and starts it again when it dies. With it,
it makes a schema of its own in that database and removes it at its end. PostgreSQL 15 or newer will do; the user needs
\`CREATE\` on the database, and a connection of its own to the server, for what pools transactions loses its settings and locks.
\`database.connections\` of them are opened, one by the trainer and the others by the replicas; the server must allow them and
a few of operators.

A run that is killed at once leaves its schema, \`meshcert_\` and two numbers, behind. The next run with the same
\`DATABASE_URL\` removes it: while a run lives, a session of it holds a lock by the schema's name, and whatever nobody holds,
at two looks 5 s apart, goes. \`EVT-COST\` asks such a server for \`track_wal_io_timing\`, which a superuser sets; without it
the row is INCONCLUSIVE and says so. What kills the database itself (\`EVT-NOLOSS-d\`) needs the embedded one.

A process that starts while the database is away, starting or stalled asks again with pauses of 100 ms to 2 s. It gives up
after 20 s, and at once where waiting mends nothing: a wrong password, user or database, or a host without an address.
Later on, accepted events wait for the database and intake answers 503.`

const cache = `## Cache

Without \`REDIS_URL\` each replica keeps its own copies; with \`redis://\` or, for TLS, \`rediss://\` they are shared in that
server, under a prefix of the run. Redis holds nothing that is not in the database: while it is away, everything is read there.
\`docs/decisions/redis-through-ioredis.md\` says why no reader is told a past state.`

const servers = `## With servers apart

\`\`\`sh
node ci/tools/install-servers.ts    # once, as root on Debian: PostgreSQL and redis-server, neither of them started
node ci/tools/with-servers.ts npx meshcert certify --plan quick --only 'EVT-*' --tier processes
\`\`\`

The second line starts both for one command, on loopback and with passwords, sets \`DATABASE_URL\` and \`REDIS_URL\`, and
removes both with all of their files when the command has ended. With \`bash\` for a command several runs share them.`

/** Every setting of the threat-event service and how it is set. */
export const configurationPage = (): string =>
  page([
    generatedNote('suites/contract/configuration.ts'),
    intro,
    table(['setting', 'promised', 'may be', 'what it is'], rows()),
    database,
    cache,
    servers,
  ])
