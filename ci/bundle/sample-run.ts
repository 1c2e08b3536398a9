import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tier } from '../../sla.config.ts'
import { digestOf } from '../../suites/evidence/digest.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { createRecorder } from '../../suites/evidence/recorder.ts'
import { randomFrom } from '../../suites/contract/random.ts'
import { capabilities } from '../../suites/contract/route.ts'
import { viewDigest } from '../../suites/contract/view-digest.ts'
import { concludeDirectory } from '../run/conclude.ts'
import { judgeVersion } from '../verdict/judge.ts'
import { createPlan, type Plan } from '../verdict/plan.ts'

export type SampleRow = {
  readonly requirement: string
  readonly tier: Tier
  readonly draw: (observe: Observe) => void
}

/** Made-up observations for the self tests of bundle and report; no target was run. */
const usualRows: readonly SampleRow[] = [
  {
    requirement: 'EVT-NOLOSS',
    tier: 'processes',
    draw: ({ history }) => {
      for (let index = 0; index < 200; index += 1) {
        history('accepted-events-accounted', { type: 'posted', id: `e${index}`, outcome: 'ok', storedAs: `e${index}` })
        history('accepted-events-accounted', { type: 'final', id: `e${index}`, state: 'completed', reason: null })
      }
    },
  },
  {
    requirement: 'SLA-VERIFY',
    tier: 'processes',
    draw: ({ duration }) => {
      const random = randomFrom('sample')
      for (let index = 0; index < 2_000; index += 1)
        duration('signature-verify-latency', 0.3 + 2.5 * random.float() ** 4)
    },
  },
  {
    requirement: 'CHAOS-NODE-1',
    tier: 'simulation',
    draw: ({ measure, fault, check, history }) => {
      const random = randomFrom('sample')
      for (let index = 0; index < 60; index += 1) {
        measure('recovery', 's', 1.1 + 1.5 * random.float(), 0.01)
        fault({
          fault: 'crash',
          driver: 'simulation',
          scope: {},
          leaseMs: 5_000,
          injectedAtMs: 1,
          effectProvenAtMs: 2,
          undoneAtMs: 3,
          residue: [],
        })
      }
      check('no acknowledged write lost', true, '')
      const both = viewDigest(['a', 'b'])
      for (const node of ['a', 'b']) history('views-converged', { type: 'alive', node })
      history('views-converged', {
        type: 'view',
        node: 'a',
        state: 'up',
        viewSize: 2,
        viewDigest: both,
        linksUp: ['b'],
      })
      history('views-converged', {
        type: 'view',
        node: 'b',
        state: 'up',
        viewSize: 2,
        viewDigest: both,
        linksUp: ['a'],
      })
    },
  },
]

export type SampleOptions = {
  /** Other rows than the usual ones. */
  readonly rows?: readonly SampleRow[]
  /** Spoils one row: a failed check, a body that ended early. */
  readonly failing?: string
  readonly aborted?: string
  /** Changes the plan before anything is observed. */
  readonly planned?: (plan: Plan) => void
}

/** Writes a complete small run: plan, evidence, verdict. */
export async function writeSampleRun(directory: string, options: SampleOptions = {}): Promise<Plan> {
  const { rows = usualRows, failing, aborted, planned } = options
  await mkdir(directory, { recursive: true })
  const startedAt = '2026-11-20T10:00:00.000Z'
  const plan = createPlan({
    run: 'sample',
    plan: 'gate',
    seed: 'sample',
    startedAt,
    target: { name: 'sample target', file: 'none' },
    defect: null,
    variant: null,
    confidence: 0.975,
    escalation: { factor: 3 },
    rows: rows.map(({ requirement, tier }) => ({ requirement, tier, scope: 'compressed', repeats: 1 })),
    uncovered: [{ id: 'LOAD-1000', tiers: ['processes', 'cluster'] }],
    exemptions: [],
    versions: { suite: '0.1.0', catalogue: '2026-11', contract: '1', judge: judgeVersion },
    inputs: { sla: '0'.repeat(64) },
  })
  planned?.(plan)
  await writeFile(join(directory, 'plan.json'), JSON.stringify(plan, null, 2))
  await writeFile(join(directory, 'environment.json'), JSON.stringify({ schema: 'meshcert/environment/v1', cores: 2 }))
  for (const { requirement, tier, draw } of rows) {
    const { observe, finish } = createRecorder({
      directory,
      requirement,
      planSha256: digestOf(plan),
      tier,
      scope: 'compressed',
      stage: 0,
      target: {
        name: 'sample target',
        version: '1',
        capabilities: [...capabilities],
        details: {},
      },
      defect: null,
      variant: null,
      seed: `sample/${requirement}`,
      startedAt,
    })
    draw(observe)
    if (requirement === failing) observe.check('spoiled on purpose', false, '<b>"seen"</b> & told')
    const ended = requirement === aborted ? 'spoiled on purpose' : null
    await finish({ tookMs: 1_234, aborted: ended, notApplicable: null, eventLogHashes: [] })
  }
  await concludeDirectory({ directory, plan, notes: [] })
  return plan
}
