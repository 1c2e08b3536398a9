import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Evidence } from '../../suites/evidence/record.ts'
import { createRecorder } from '../../suites/evidence/recorder.ts'
import { promisesFor } from '../verdict/plan.ts'
import { sampleScope } from '../verdict/sample-plan.ts'
import { sharedPen, type Sharer } from './load-share.ts'

let room = ''
beforeAll(() => {
  room = mkdtempSync(join(tmpdir(), 'meshcert-share-'))
})
afterAll(() => rmSync(room, { recursive: true, force: true }))

function sharerOf(id: string): Sharer {
  const row = promisesFor([id]).rows[id]
  if (row === undefined) throw new Error(`No row ${id}.`)
  const recorder = createRecorder({
    directory: room,
    requirement: id,
    ...sampleScope,
  })
  return { row, recorder }
}

const recordOf = ({ recorder }: Sharer): Promise<Evidence> =>
  recorder.finish({ tookMs: 1, aborted: null, notApplicable: null, eventLogHashes: [] })
const namesOf = (record: Evidence) => record.observations.map(({ name }) => name)

test('a further row takes what it cites and every premise, and no check of the row that the load claims', async () => {
  const claimed = sharerOf('EVT-BURST')
  const further = sharerOf('EVT-ERRORS')
  const pen = sharedPen('events-burst', [claimed, further])
  pen.duration('event-latency-burst', 5)
  pen.proportion('event-errors:events-burst', 9, 10)
  pen.check('every alert arrives', false, '3 lost')
  pen.history('queue-drained', { type: 'depth', load: 0, atMs: 1, depth: 2 })
  pen.history('replica-always-serving', { type: 'replicas', load: 0, atMs: 1, up: 3 })
  pen.premise({ claim: 'foreign load', measured: 1, limit: 2, unit: 'cores', noise: true })
  const [own, other] = [await recordOf(claimed), await recordOf(further)]
  expect(namesOf(own)).toEqual(['event-latency-burst', 'event-errors:events-burst', 'EVT-BURST', 'queue-drained'])
  expect(namesOf(other)).toEqual(['event-errors:events-burst'])
  expect([own.premises.length, other.premises.length]).toEqual([1, 1])
})
