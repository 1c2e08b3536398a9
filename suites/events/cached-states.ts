import type { EventState } from '../contract/events.ts'
import { barePoster } from '../contract/post-target.ts'
import { expectOk } from '../contract/outcome.ts'
import { seriesTotal } from '../evidence/series.ts'
import type { Trial } from './trial.ts'

/** So often that every replica has been asked: each answers a connection a few times. */
const reads = 24

/** What is said of one event, asked again and again, and how often the answer was read anew. */
export async function readAgainAndAgain(
  { events, metrics }: Trial,
  id: string,
): Promise<{ readonly states: readonly EventState['state'][]; readonly misses: number; readonly hits: number }> {
  const { post, close } = barePoster()
  try {
    const counted = async (outcome: string) => {
      const texts = await Promise.all(
        metrics.map(async (url) => (await post({ url, method: 'GET', headers: {}, body: '' })).body),
      )
      // Of a labelled series the lines of one label are a series of their own.
      const lines = texts.map((text) =>
        text
          .split('\n')
          .filter((line) => line.includes(`outcome="${outcome}"`))
          .join('\n'),
      )
      return seriesTotal(lines, 'events_cache_reads_total') ?? 0
    }
    const [missesBefore, hitsBefore] = [await counted('miss'), await counted('hit')]
    const states: EventState['state'][] = []
    for (let read = 0; read < reads; read += 1)
      states.push(expectOk('eventState', await events.eventState({ id })).state)
    return { states, misses: (await counted('miss')) - missesBefore, hits: (await counted('hit')) - hitsBefore }
  } finally {
    close()
  }
}
