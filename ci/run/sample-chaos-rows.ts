/** Rows of chaos for self tests: as a run judges them, by the runner and the judge, on a target that is not what it seems. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Tier } from '../../sla.config.ts'
import type { ConnectContext, Target } from '../../suites/contract/target.ts'
import { installRuntime } from '../../suites/requirement.ts'
import { samplePlan } from '../verdict/sample-plan.ts'
import { readClaims, type Claim } from './claims.ts'
import { createRuntime } from './requirement-runner.ts'
import { messageOf } from './stop.ts'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

type ChaosRows = {
  /** What the target is. */
  readonly name: string
  readonly tiers: readonly Tier[]
  readonly concerns: (claim: Claim) => boolean
  readonly runDirectory: string
  readonly connect: (context: ConnectContext) => Promise<Target>
  /** What must be said of the row instead of PASS. */
  readonly says: (claim: Claim) => RegExp
}

/** Registers a test for every row and tier that a file under chaos/ claims. */
export async function testChaosRows(rows: ChaosRows): Promise<void> {
  const { name, tiers, concerns, runDirectory, connect, says } = rows
  const claims = (await readClaims(root)).filter((claim) => claim.file.startsWith('chaos/') && concerns(claim))
  const planned = claims.flatMap((claim) =>
    tiers
      .filter((tier) => claim.tiers.includes(tier))
      .map((tier) => ({ requirement: claim.requirement, tier, scope: 'compressed', repeats: 1 }) as const),
  )
  const access = { connect: (_: unknown, context: ConnectContext) => connect(context) }
  const runtime = createRuntime({
    plan: samplePlan(planned, { run: name, seed: name }),
    session: { targetFile: 'none', handles: {}, runner: null },
    definition: { name, tiers: Object.fromEntries(tiers.map((tier) => [tier, access])) },
    runDirectory,
    tiers,
    tell: () => undefined,
  })
  installRuntime({
    ...runtime,
    run: async (asked) => {
      const said = await runtime.run(asked).then(() => 'a verdict that is no error', messageOf)
      const claim = claims.find(({ requirement }) => requirement === asked.id)
      if (claim === undefined || !says(claim).test(said))
        throw new Error(`${asked.id} on a target that is ${name}: ${said}`)
      return { notApplicable: null }
    },
  })
  // Each file registers a test for every row that it claims.
  for (const file of new Set(claims.map((claim) => claim.file))) await import(join(root, file))
}
