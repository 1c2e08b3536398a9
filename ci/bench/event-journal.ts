import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomFrom } from '../../suites/contract/random.ts'
import type { ThreatEvent } from '../../suites/contract/events.ts'
import { threatSignals } from '../../suites/events/signals.ts'

type Arrival = {
  readonly event: ThreatEvent
  readonly fingerprint: string
  readonly receivedAtMs: number
  /** Nothing is assessed here. */
  readonly assessed: null
}
type Journaled = { readonly fate: { readonly kind: string } }
type Pool = { readonly query: (text: string) => Promise<unknown>; readonly end: () => Promise<void> }
type Parts = {
  readonly schema: string
  readonly fingerprint: (event: ThreatEvent) => string
  readonly limits: { readonly batch: number }
}
type Store = { readonly pool: Pool; readonly parts: Parts }
type Committing = { readonly push: (arrival: Arrival) => Promise<Journaled> }
type Flush = (arrivals: readonly Arrival[]) => Promise<readonly Journaled[]>
type Around = { readonly log: (line: string) => void; readonly world: { readonly nowMs: () => number } }

// The reference is known here by path only, as the default target is.
const room = new URL('../../fixtures/', import.meta.url).href
type Database = { readonly url: string; readonly stop: () => Promise<void> }
const { startPostgres }: { startPostgres: (options: { scratch: string; log: Around['log'] }) => Promise<Database> } =
  await import(`${room}live/postgres.ts`)
type Connecting = {
  readonly eventDatabase: (options: Around & { config: object }) => Promise<Pool>
  readonly planning: string
}
const { eventDatabase, planning }: Connecting = await import(`${room}live/event-database.ts`)
const { liveWorld }: { liveWorld: (seed: string) => Around['world'] } = await import(`${room}live/world.ts`)
const { eventsParts }: { eventsParts: Parts } = await import(`${room}events/parts.ts`)
type Work = { readonly arrivals: readonly Arrival[]; readonly finishes: readonly [] }
type Journal = (
  store: Store,
  work: Work,
  by: { owner: string; nowMs: number },
) => Promise<{ readonly journaled: readonly Journaled[] }>
const { journal }: { journal: Journal } = await import(`${room}events/journal.ts`)
const { groupCommit }: { groupCommit: (options: { limit: number; flush: Flush }) => Committing } = await import(
  `${room}events/group-commit.ts`
)

const events = 500
/** Under way at the same time, as senders that wait for their answers. */
const senders = 64

const scratch = mkdtempSync(join(tmpdir(), 'bench-'))
chmodSync(scratch, 0o711)
const log = (line: string): void => void process.stderr.write(`${line}\n`)
const world = liveWorld('bench')
const database = await startPostgres({ scratch, log })
const config = { connectionString: database.url, max: 8, pipeline: true, options: `-c jit=off ${planning}` }
const pool = await eventDatabase({ log, world, config })
await pool.query(eventsParts.schema)
// None of them is worked off here: all of them must have room.
const parts = { ...eventsParts, limits: { ...eventsParts.limits, capacity: Number.MAX_SAFE_INTEGER } }

const signal = threatSignals(randomFrom('event-journal'))
let made = 0
/** As many new events as one call takes in, each answered only when it is durable. */
async function takeIn(push: Committing['push']): Promise<void> {
  const end = made + events
  const send = async (): Promise<void> => {
    while (made < end) {
      made += 1
      const event = { id: `bench-${made}`, ...signal() }
      const { fate } = await push({
        event,
        fingerprint: parts.fingerprint(event),
        receivedAtMs: world.nowMs(),
        assessed: null,
      })
      if (fate.kind !== 'accepted') throw new Error(`A new event is ${fate.kind}: nothing was timed.`)
    }
  }
  await Promise.all(Array.from({ length: senders }, send))
}

const flush: Flush = async (arrivals) =>
  (await journal({ pool, parts }, { arrivals, finishes: [] }, { owner: 'bench', nowMs: world.nowMs() })).journaled
const committing = (limit: number) => groupCommit({ limit, flush }).push
const shared = committing(parts.limits.batch)
const alone = committing(1)

/** What sharing a commit saves: the service's journal, of one process, against the same with a commit for each event. */
export const bench = {
  name: `durable journal of threat events, ${senders} under way at a time, real fsync`,
  unit: { count: events, item: 'event' },
  ours: () => takeIn(shared),
  baselines: { 'each event committed alone': () => takeIn(alone) },
  note: () => `${made} events in the journal at the end`,
  end: async (): Promise<void> => {
    await pool.end()
    await database.stop()
    rmSync(scratch, { recursive: true, force: true })
  },
}
