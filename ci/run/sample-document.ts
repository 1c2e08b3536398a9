import type { Tier } from '../../sla.config.ts'
import type { RunDocument, RunRow } from '../../suites/evidence/verdict.ts'

/** Hand-written conclusions for the self tests of commands: a row that passed, and a run of some rows. */
export const passedRow = (id: string, tier: Tier): RunRow => ({
  id,
  tier,
  scope: 'full',
  verdict: 'PASS',
  n: 1,
  observed: null,
  limit: null,
  unit: null,
  interval: null,
  reason: 'holds',
  replay: null,
})

export const documentOf = (requirements: RunRow[]): RunDocument => ({
  schema: 'meshcert/run/v1',
  run: 'r',
  plan: 'quick',
  seed: 's',
  target: { name: 't', version: '1' },
  versions: { suite: '1', catalogue: '1', contract: '1', judge: '1' },
  verdict: 'CONFORMANT',
  exitCode: 0,
  requirements,
  uncovered: [],
  notes: [],
})
