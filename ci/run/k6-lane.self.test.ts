import { mkdirSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { sla, type LoadShapeName } from '../../sla.config.ts'
import type { Evidence } from '../../suites/evidence/record.ts'
import type { Verdict } from '../../suites/evidence/verdict.ts'
import { judge } from '../verdict/judge.ts'
import { samplePlan } from '../verdict/sample-plan.ts'
import { runK6Lane } from './k6-lane.ts'
import { openK6Room } from './k6-room.ts'
import { tinyEvents, tinyMesh, type Tiny, type TinyMesh } from './k6-tiny-targets.ts'
import { startWarden, type Warden } from './warden-client.ts'

/** The least that k6 runs: enough to see what is recorded, too short to judge a p99. */
const least = 1
/** Enough for a metric line in each of its seconds, whenever in its second a generator speaks. */
const secondBySecond = 4

const { room, close } = await openK6Room('lane')
let warden: Warden
const targets: Tiny[] = []
beforeAll(() => {
  mkdirSync(join(room, 'scratch'))
  warden = startWarden({ scratch: join(room, 'scratch'), lock: join(room, 'lock'), logs: join(room, 'logs') })
})
afterAll(async () => {
  await warden.close()
  close()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(targets.splice(0).map((target) => target.close()))
})

type Laned = { readonly evidence: Evidence; readonly verdict: Verdict }

async function lane(
  shapes: readonly [LoadShapeName, ...LoadShapeName[]],
  urls: Record<string, string | null>,
  seconds = least,
): Promise<Laned> {
  const [shape] = shapes
  const row = { requirement: sla.loadShapes[shape].claims, tier: 'processes', scope: 'compressed', repeats: 1 } as const
  const runDirectory = mkdtempSync(join(room, 'run-'))
  const plan = samplePlan([row])
  const log = () => undefined
  const options = {
    rows: [{ row, shapes }],
    plan,
    stage: 0,
    targets: urls,
    runDirectory,
    runner: null,
    launch: warden.launch,
    log,
    scale: seconds / Math.min(...shapes.map((one) => sla.loadShapes[one].seconds.gate)),
  } as const
  const [evidence] = await runK6Lane(options)
  if (evidence === undefined) throw new Error('The lane recorded nothing.')
  // How busy this machine is while the tests run is no part of what they claim.
  const quiet = { ...evidence, premises: evidence.premises.filter(({ noise }) => !noise) }
  const verdict = judge({
    row: plan.promises.rows[row.requirement],
    objectives: plan.promises.objectives,
    evidence: [quiet],
    histories: new Map(),
    exemptions: [],
    confidence: plan.confidence,
    repeatsExpected: 1,
  })
  return { evidence, verdict }
}

async function laneOn(shape: LoadShapeName, starting: Promise<Tiny>, seconds = least): Promise<Laned> {
  return lanesOn([shape], starting, seconds)
}

/** All in one record. */
async function lanesOn(
  shapes: readonly [LoadShapeName, ...LoadShapeName[]],
  starting: Promise<Tiny>,
  seconds = least,
): Promise<Laned> {
  const target = await starting
  targets.push(target)
  return lane(shapes, { default: target.url }, seconds)
}

const samplesOf = ({ evidence }: Laned, name: string): number =>
  evidence.observations.flatMap((seen) => (seen.type === 'histogram' && seen.name === name ? [seen.n] : []))[0] ?? 0
const failuresOf = ({ evidence }: Laned): readonly string[] =>
  evidence.observations.flatMap((seen) => (seen.type === 'checks' ? seen.failed.map(({ check }) => check) : []))
const premiseOf = ({ evidence }: Laned, claim: string) => evidence.premises.find((premise) => premise.claim === claim)
const figureOf = ({ evidence }: Laned, name: string) =>
  evidence.observations.find((seen) => seen.type === 'counter' && seen.name === name)

test('events: every arrival of the schedule becomes one sample, and nothing is complained of', async () => {
  const laned = await laneOn('events-steady', tinyEvents())
  expect(laned.evidence.aborted).toBeNull()
  expect(failuresOf(laned)).toEqual([])
  expect(samplesOf(laned, 'event-latency-steady')).toBeGreaterThanOrEqual(83)
  expect(premiseOf(laned, 'dropped iterations')).toMatchObject({ measured: 0, limit: 0 })
  expect(premiseOf(laned, 'tool present')).toMatchObject({ measured: 0 })
  expect(premiseOf(laned, 'generator headroom')?.measured).toBeGreaterThan(0)
  expect(premiseOf(laned, 'schedule lag p99')?.measured).toBeGreaterThan(0)
})

test('events: a target that keeps its alerts to itself is red, and its samples are counted as late, not left out', async () => {
  const laned = await laneOn('events-steady', tinyEvents({ alerts: false }))
  expect(laned.evidence.aborted).toBeNull()
  expect(new Set(failuresOf(laned))).toEqual(new Set(['every alert arrives']))
  expect(samplesOf(laned, 'event-latency-steady')).toBeGreaterThanOrEqual(83)
  expect(premiseOf(laned, 'dropped iterations')?.measured).toBe(0)
  expect(figureOf(laned, 'k6 exit code')).toMatchObject({ value: 99 })
  expect(laned.verdict).toMatchObject({ verdict: 'FAIL', reason: expect.stringContaining('every alert arrives') })
})

test('batches: honest signatures verify in node:crypto, forged ones are refused', async () => {
  const laned = await lanesOn(['beacon-batches', 'signature-batches'], tinyMesh())
  expect(laned.evidence.aborted).toBeNull()
  expect(failuresOf(laned)).toEqual([])
  expect(samplesOf(laned, 'signature-verify-latency')).toBeGreaterThanOrEqual(57)
  expect(samplesOf(laned, 'beacon-batch-request')).toBe(samplesOf(laned, 'signature-verify-latency'))
  // Judged by themselves: neither plane's samples hide in the other's.
  expect(samplesOf(laned, 'signature-verify-latency:crypto')).toBeGreaterThanOrEqual(79)
  expect(samplesOf(laned, 'signature-batch-request')).toBe(samplesOf(laned, 'signature-verify-latency:crypto'))
})

test('batches: a target that verifies nothing is found out by the forged ones, on either plane', async () => {
  const laned = await lanesOn(['beacon-batches', 'signature-batches'], tinyMesh({ verifies: false }))
  expect(failuresOf(laned).some((check) => check.startsWith('forged batch is refused'))).toBe(true)
  expect(failuresOf(laned)).toContain('every signature of a batch is judged rightly')
  expect(failuresOf(laned)).toContain('one signature is judged rightly')
  expect(laned.verdict.verdict).toBe('FAIL')
})

test('signatures: a target that verifies nothing and knows which arrivals a scenario would forge in turn is found out', async () => {
  const laned = await laneOn('signature-batches', tinyMesh({ guesses: true }))
  expect(failuresOf(laned)).toContain('every signature of a batch is judged rightly')
  expect(laned.verdict.verdict).toBe('FAIL')
})

test('signatures: a shape whose plane the target lacks is left out, and the others of its row are not', async () => {
  const laned = await lanesOn(['beacon-batches', 'signature-batches'], tinyMesh({ crypto: false }))
  expect([laned.evidence.aborted, failuresOf(laned)]).toEqual([null, []])
  expect(samplesOf(laned, 'signature-verify-latency')).toBeGreaterThanOrEqual(57)
  expect(samplesOf(laned, 'signature-verify-latency:crypto')).toBe(0)
})

test.each([
  ['took longer than the whole request', 9_000],
  ['took no time at all', 0],
])('batches: a target that says that verifying %s is not believed', async (_, claimMs) => {
  const laned = await laneOn('beacon-batches', tinyMesh({ claimMs }))
  expect(new Set(failuresOf(laned))).toEqual(new Set(['verifyMs fits the request']))
  expect(laned.verdict.verdict).toBe('FAIL')
})

/** The lane without the shape's failures: what the tiny mesh is asked for here is only how it answers. */
async function peersOn(mesh: TinyMesh): Promise<Laned> {
  const shape: { failures?: unknown } = sla.loadShapes['mesh-peers']
  const planned = shape.failures
  shape.failures = []
  try {
    return await laneOn('mesh-peers', tinyMesh(mesh), secondBySecond)
  } finally {
    shape.failures = planned
  }
}

test('peers: three generators merge to one load, and nothing is complained of', async () => {
  const laned = await peersOn({})
  expect(laned.evidence.aborted).toBeNull()
  expect(failuresOf(laned)).toEqual([])
  expect(laned.verdict.verdict).toBe('PASS')
  // 60 batches a second, one in four of them a datagram.
  expect(samplesOf(laned, 'beacon-datagram-scheduled-to-used')).toBeGreaterThanOrEqual(secondBySecond * 15 - 1)
  expect(samplesOf(laned, 'beacon-batch-request')).toBeGreaterThanOrEqual(secondBySecond * 45 - 1)
})

test('peers: silence is no merge, however exactly nothing was merged', async () => {
  const laned = await peersOn({ answers: false })
  expect(new Set(failuresOf(laned))).toContain('signed batch is answered')
  expect(new Set(failuresOf(laned))).toContain('signed datagram is used once')
  expect(laned.verdict.verdict).toBe('FAIL')
})

test('peers: a mesh that states few beacons and offers them is red; that it has no entry for datagrams is no fault', async () => {
  const laned = await peersOn({ beaconsPerNodeS: 1, datagrams: false })
  expect(samplesOf(laned, 'beacon-datagram-scheduled-to-used')).toBe(0)
  expect(new Set(failuresOf(laned))).toEqual(new Set(["beacons are offered at the load's intensity"]))
  expect(laned.verdict.verdict).toBe('FAIL')
})

test('peers: a load that meets faults is not begun on a target without the label that lets them in', async () => {
  const { verdict, evidence } = await laneOn('mesh-peers', tinyMesh({}))
  expect(verdict).toMatchObject({
    verdict: 'INCONCLUSIVE',
    reason: expect.stringContaining('does not carry the label'),
  })
  expect(evidence.observations).toEqual([])
})

test('peers: a target without control can have no failures, and no load is sent', async () => {
  const { verdict, evidence } = await laneOn('mesh-peers', tinyEvents())
  expect(verdict).toMatchObject({ verdict: 'NOT-APPLICABLE', reason: expect.stringContaining('mesh, control') })
  expect(evidence.observations).toEqual([])
})

test('without k6 the row is inconclusive and says how to get it', async () => {
  vi.stubEnv('MESHCERT_K6', '/nonexistent/k6')
  const laned = await laneOn('events-steady', tinyEvents())
  expect(laned.verdict).toMatchObject({ verdict: 'INCONCLUSIVE', reason: expect.stringContaining('unset MESHCERT_K6') })
})

test('a target that is reached by ports only is not applicable', async () => {
  expect((await lane(['events-steady'], { default: null })).verdict.verdict).toBe('NOT-APPLICABLE')
})

test('a target without the plane is not applicable, and no load is sent to find that out', async () => {
  const { verdict, evidence } = await laneOn('beacon-batches', tinyEvents())
  expect(verdict).toMatchObject({ verdict: 'NOT-APPLICABLE', reason: expect.stringContaining('does not declare mesh') })
  expect([evidence.aborted, evidence.observations]).toEqual([null, []])
})

test('a target that answers no more is inconclusive', async () => {
  const gone = await tinyEvents()
  await gone.close()
  const { verdict } = await lane(['events-steady'], { default: gone.url })
  expect(verdict).toMatchObject({ verdict: 'INCONCLUSIVE', reason: expect.stringContaining('the target died') })
})
