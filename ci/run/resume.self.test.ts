import { mkdtemp, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sla } from '../../sla.config.ts'
import { writeSampleRun } from '../bundle/sample-run.ts'
import { certify } from '../commands/certify.ts'
import type { Plan } from '../verdict/plan.ts'
import { isRecorded } from './row-recorder.ts'
import { checkStanding, goOn, readCutOff } from './resume.ts'
import { Stop } from './stop.ts'

let root = ''
let run = ''
let plan: Plan
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'meshcert-resume-'))
  run = join(root, 'run')
  plan = await writeSampleRun(run, {
    planned: (made) => {
      const { stageConfidence: confidence, escalation } = sla.plans.quick
      Object.assign(made, { plan: 'quick', confidence, escalation })
    },
  })
})
afterEach(() => rm(root, { recursive: true, force: true }))

const cutOff = () => Promise.all(['verdict.json', 'notes.json'].map((file) => unlink(join(run, file))))
const stopOf = (work: () => unknown): Stop => {
  try {
    work()
  } catch (error) {
    if (error instanceof Stop) return error
    throw error
  }
  throw new Error('Nothing stopped it.')
}

test('a run that came to its end has nothing to go on with', () => {
  expect(stopOf(() => readCutOff(root, run))).toMatchObject({ exitCode: 64, message: /came to its end/ })
})

test('a run goes on only under the plan that this checkout would make, and what differs is named', async () => {
  await cutOff()
  const found = readCutOff(root, run)
  expect(found.plan).toEqual(plan)
  const { versions, exemptions, inputs } = plan
  checkStanding(found, { versions, exemptions, inputs })
  const differing = (change: object) =>
    stopOf(() => checkStanding(found, { versions, exemptions, inputs, ...change })).message
  expect(differing({ inputs: { sla: '1'.repeat(64) } })).toMatch(/at inputs\.sla\. Check out what it began with/)
  expect(differing({ versions: { ...versions, judge: '0' } })).toMatch(/at versions\.judge/)
})

test('rows with a record stand, files of a broken-off attempt are put aside, and the environment tells of it', async () => {
  await cutOff()
  await unlink(join(run, 'records', 'EVT-NOLOSS@processes-0.json'))
  await writeFile(join(run, 'records', 'SLA-SIGN@processes-0.json.part'), '{')
  const said = goOn(run, plan, new Date('2026-11-22T12:00:00Z'))
  expect(said).toBe('goes on: 2 rows of 3 recorded; 2 files of attempts that were broken off put aside')
  const recorded = plan.rows.filter((row) => isRecorded(run, { row, stage: 0 })).map(({ requirement }) => requirement)
  expect(recorded.sort()).toEqual(['CHAOS-NODE-1', 'SLA-VERIFY'])
  expect((await readdir(join(run, 'histories'))).filter((name) => name.startsWith('EVT'))).toEqual([])
  expect((await readdir(join(run, 'logs', 'broken-off'))).length).toBe(2)
  goOn(run, plan, new Date('2026-11-22T13:00:00Z'))
  expect(JSON.parse(await readFile(join(run, 'environment.json'), 'utf8'))).toMatchObject({
    cores: 2,
    resumedAt: ['2026-11-22T12:00:00.000Z', '2026-11-22T13:00:00.000Z'],
  })
})

test('nothing else can be asked for beside it', async () => {
  await cutOff()
  const asked = { root, plan: 'quick', target: 'none', only: ['EVT-NOLOSS'], tier: [], resume: run }
  await expect(certify(asked)).rejects.toMatchObject({ exitCode: 64, message: expect.stringContaining('takes no') })
})
