import { constants, setPriority } from 'node:os'
import { installRuntime } from '../../suites/requirement.ts'
import { Tier } from '../../suites/evidence/record.ts'
import { createRuntime } from './requirement-runner.ts'
import { readPlan, readSession } from './session.ts'
import { loadTarget } from './target-file.ts'
import { progressLine, verdictLine } from './verdict-line.ts'

if (process.env['MESHCERT_GIVES_WAY'] !== undefined) setPriority(constants.priority.PRIORITY_LOW)

const runDirectory = process.env['MESHCERT_RUN']
const tiers = process.env['MESHCERT_TIERS']
if (runDirectory === undefined || tiers === undefined) {
  throw new Error(
    'Suites run through `npx meshcert gate` or `certify`, which start the target and judge what is observed.',
  )
}
const session = readSession(runDirectory)
installRuntime(
  createRuntime({
    plan: readPlan(runDirectory),
    session,
    definition: await loadTarget(process.cwd(), session.targetFile),
    runDirectory,
    tiers: tiers.split(',').map((tier) => Tier.parse(tier)),
    tell: (row, verdict) => process.stdout.write(`${verdictLine({ row, verdict })}\n`),
    show: (text) => process.stdout.write(`${progressLine(text)}\n`),
  }),
)
