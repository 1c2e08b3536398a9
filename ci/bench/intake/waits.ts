import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Seen } from './bottleneck.ts'

const everyMs = 50

/** Sessions of the service that wait: for the disk below the journal, itself or behind another's write, and for a row's lock. */
const waitingText = `SELECT
    bool_or(wait_event IN ('WALSync', 'WalSync', 'WALWrite', 'WalWrite')) AS disk,
    bool_or(wait_event_type = 'Lock') AS chain
  FROM pg_stat_activity WHERE application_name LIKE 'meshcert\\_%' AND state <> 'idle'`

/** Looks at the sessions of the database until told to end. */
export async function watchWaits(url: string): Promise<() => Promise<Pick<Seen, 'looks' | 'waiting'>>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const over = new AbortController()
  const waiting = { disk: 0, chain: 0 }
  let looks = 0
  const watching = (async () => {
    while (!over.signal.aborted) {
      const [seen] = (await client.query<{ disk: boolean | null; chain: boolean | null }>(waitingText)).rows
      looks += 1
      if (seen?.disk === true) waiting.disk += 1
      if (seen?.chain === true) waiting.chain += 1
      await delay(everyMs, undefined, { signal: over.signal }).catch(() => undefined)
    }
  })()
  return async () => {
    over.abort()
    await watching
    await client.end()
    return { looks, waiting }
  }
}
