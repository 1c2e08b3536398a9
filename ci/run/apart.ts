/**
 * A runner apart: drives the live target of a run from a process of its own, so that it can be killed in the middle of what
 * it does, or a simulated world that is this process's own. Started by `apart-client.ts` with the JSON of `Asked` as its
 * argument and the run in MESHCERT_RUN.
 */
import { z } from 'zod'
import { capabilities } from '../../suites/contract/route.ts'
import { Tier } from '../../suites/evidence/record.ts'
import type { PartBody } from '../../suites/requirement.ts'
import { readPlan, readSession } from './session.ts'
import { loadTarget } from './target-file.ts'

const Asked = z.object({
  module: z.string(),
  input: z.unknown(),
  tier: Tier,
  /** Of a simulated world, which is this process's own. */
  seed: z.string(),
  planes: z.array(z.enum(capabilities)).optional(),
  nodes: z.int().optional(),
})

const isPart = (value: unknown): value is PartBody => typeof value === 'function'

process.stdin.resume().on('close', () => process.exit(0))
const { module, input, tier, seed, planes, nodes } = Asked.parse(JSON.parse(process.argv[2] ?? '{}'))
const runDirectory = process.env['MESHCERT_RUN']
if (runDirectory === undefined) throw new Error('MESHCERT_RUN names no run: a runner apart is started by a run.')
const { targetFile, handles } = readSession(runDirectory)
const definition = await loadTarget(process.cwd(), targetFile)
const { defect, variant, ...plan } = readPlan(runDirectory)
const replaced = { ...(defect !== null && { defect }), ...(variant !== null && { variant }) }
const world = { seed, ...(planes && { planes }), ...(nodes !== undefined && { nodes }), ...replaced }
// Its memory is read: pieces of one pool live as long as the longest-lived of them, and would be told with it.
if (tier === 'simulation') Buffer.poolSize = 0
const target = await definition.tiers[tier]?.connect(
  handles[tier] ?? {},
  tier === 'simulation' ? world : { seed: plan.seed },
)
if (target === undefined) throw new Error(`${targetFile} offers no ${tier} tier.`)
const loaded: Record<string, unknown> = await import(module)
const part = loaded['part']
if (!isPart(part)) throw new Error(`${module} exports no function called part: it is what a runner apart does.`)
await part({ target, input, tell: (line) => void process.stdout.write(`${line}\n`) })
