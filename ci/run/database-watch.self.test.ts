import { expect, test } from 'vitest'
import { sla } from '../../sla.config.ts'
import { definite, indefinite, ok } from '../../suites/contract/outcome.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { watchDatabase, type Watched } from './database-watch.ts'

const unused = (): never => {
  throw new Error('Nobody asks for this here.')
}
const healthy = 'events_database_failures_total{kind="deadlock"} 0'

/** What a watch of an empty load writes down of a service whose tables hold what was posted, less what is lost on the way. */
async function watched({ told = healthy, lost = 0, answers = true, cutEvery = 0, scansForMs = 0 } = {}) {
  let rows = -lost
  let posts = 0
  let nowMs = 0
  let scanned = 0
  // Each reading finds a scan more until the database has learnt how large its table is.
  const scans = () => (nowMs < scansForMs ? (scanned += 1) : scanned)
  const said: string[] = []
  const events: Watched['events'] = {
    postEvent: async ({ id }) => {
      posts += 1
      if (cutEvery > 0 && posts % cutEvery === 0) return indefinite('other side closed')
      rows += 1
      return ok({ id, duplicate: true })
    },
    eventDatabase: async () =>
      answers
        ? ok({ deadlocks: 0, tables: [{ name: 'event', rows: Math.max(0, rows), sequentialScans: scans() }] })
        : definite('No such route.', 404),
    eventStatements: async () => ok([{ name: 'known', text: 'SELECT', plan: '[]', scanned: [] }]),
  }
  const observe: Observe = {
    duration: unused,
    count: unused,
    proportion: unused,
    measure: unused,
    history: unused,
    fault: unused,
    failure: unused,
    file: () => undefined,
    check: (name, holds, seen) => void (holds || said.push(`${name}: ${seen}`)),
    premise: ({ claim, measured, limit }) => void (measured > limit && said.push(`${claim}: ${measured}`)),
  }
  const clock = { nowMs: () => nowMs, sleep: async (ms: number) => void (nowMs += ms) }
  const row = { observe, breaks: (why: string) => void said.push(`broken: ${why}`) }
  const watch = await watchDatabase({ events, clock, exposition: async () => [told] }, 'self', row)
  await watch?.end()
  return said
}

test('a healthy database leaves nothing to say', async () => {
  expect(await watched()).toEqual([])
})

test('an answer that did not come while the table is filled is asked for again', async () => {
  expect(await watched({ cutEvery: 100 })).toEqual([])
})

test('a database is given the time to learn how large its table has become, and no more', async () => {
  expect(await watched({ scansForMs: 60_000 })).toEqual([])
  const forEver = await watched({ scansForMs: Number.POSITIVE_INFINITY })
  expect(forEver).toContainEqual(expect.stringMatching(/^no large table is read from end to end: event with \d+ rows/))
})

test('failures that nobody exposes are not taken for none', async () => {
  expect(await watched({ told: '' })).toEqual([expect.stringMatching(/time-out: .* is exposed by nobody/)])
})

test('tables that stayed small are a premise that is broken', async () => {
  expect(await watched({ lost: sla.deployment.events.largeTableRows })).toEqual([
    expect.stringMatching(/^positive control: \d+/),
  ])
})

test('a target that tells nothing of its database breaks the row that asks, and throws at nobody', async () => {
  expect(await watched({ answers: false })).toEqual([expect.stringMatching(/^broken: .*No such route/)])
})
