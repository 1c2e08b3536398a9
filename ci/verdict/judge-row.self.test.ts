import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeSampleRun } from '../bundle/sample-run.ts'
import { readRunFiles } from '../../suites/evidence/stored.ts'
import { readRunDocument } from '../run/run-document.ts'
import { judgeRow } from './judge-row.ts'

test('a row judged while the run goes on has the verdict that the run will have', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'meshcert-row-'))
  try {
    const plan = await writeSampleRun(directory, { failing: 'EVT-NOLOSS' })
    for (const row of plan.rows) {
      const { escalate: _, ...verdict } = await judgeRow(plan, row, directory)
      const concluded = readRunDocument(await readRunFiles(directory)).requirements.find(
        ({ id }) => id === row.requirement,
      )
      expect(concluded).toMatchObject(verdict)
      // A record of another defect is not of this run, for both.
      const other = await judgeRow({ ...plan, defect: 'other' }, row, directory)
      expect(other.reason).toMatch(/not of this run/)
    }
    const [first] = plan.rows
    if (first !== undefined) {
      const absent = await judgeRow(plan, { ...first, requirement: 'LOAD-1000' }, directory)
      expect(absent.reason).toBe('planned, but no evidence was recorded')
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
