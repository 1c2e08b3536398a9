import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Tier } from '../../sla.config.ts'
import type { Say } from './progress.ts'
import { verdictText } from './progress.ts'
import { readProgressLine, readVerdictLine } from './verdict-line.ts'
import type { Warden } from './warden-client.ts'

const VitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({ status: z.string(), fullName: z.string(), failureMessages: z.array(z.string()).default([]) }),
      ),
    }),
  ),
})

/** How the runtime's own errors begin: those are verdicts, told by the evidence. */
const verdictError = /^(Error: )?(FAIL|INCONCLUSIVE): /

/** For the environment of a lane that leaves the processor to whoever wants it: the lowest priority. */
export const givesWay = { MESHCERT_GIVES_WAY: 'yes' } as const

type FileResult = z.infer<typeof VitestReport>['testResults'][number]

function defectsOf(file: FileResult): readonly string[] {
  if (file.assertionResults.length === 0) {
    return file.status === 'failed' ? [`${file.name}: ${(file.message ?? 'no message').split('\n')[0]}`] : []
  }
  return file.assertionResults
    .filter(
      ({ status, failureMessages }) =>
        status === 'failed' && !failureMessages.some((message) => verdictError.test(message)),
    )
    .map(({ fullName, failureMessages }) => `${fullName}: ${(failureMessages[0] ?? 'no message').split('\n')[0]}`)
}

/** Files that Vitest could not load, tests that ended without a verdict, errors outside of any test: defects of the suite, or a target that could not be reached. */
export function brokenParts(report: string, ended: number | string | null): readonly string[] {
  try {
    const { testResults } = VitestReport.parse(JSON.parse(readFileSync(report, 'utf8')))
    const isRed = testResults.some(({ status }) => status === 'failed')
    const stray =
      ended === 0 || isRed ? [] : [`Vitest ended ${ended} although no test failed: see the log of this lane.`]
    return [...testResults.flatMap(defectsOf), ...stray]
  } catch {
    return ['Vitest wrote no report: see the log of this lane.']
  }
}

/**
 * Runs test files in one Vitest process under the warden, against the tiers of this lane. Verdicts
 * come by evidence; what is returned are files and tests that broke before a verdict.
 */
export async function runSuiteLane(options: {
  readonly name: string
  readonly root: string
  readonly runDirectory: string
  readonly files: readonly string[]
  readonly tiers: readonly Tier[]
  /** How many files run at once: live lanes take one, for a second one would be noise; virtual time does not mind. */
  readonly workers: number
  /** Beside the run and its tiers. */
  readonly environment?: Readonly<Record<string, string>>
  readonly warden: Warden
  readonly say: Say
}): Promise<readonly string[]> {
  const { name, root, runDirectory, files, tiers, workers, environment = {}, warden, say } = options
  if (files.length === 0) return []
  const report = join(runDirectory, 'logs', `${name}.vitest.json`)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const projects = ['--project', 'suites', '--project', 'chaos']
  const strays = join(root, 'ci', 'run', 'stray-errors.ts')
  const reporters = ['--reporter=json', `--outputFile.json=${report}`, `--reporter=${strays}`]
  const parallel = workers > 1 ? ['--fileParallelism=true', `--maxWorkers=${workers}`] : ['--fileParallelism=false']
  const child = await warden.launch(
    {
      name,
      command: process.execPath,
      args: [vitest, 'run', '--root', root, ...projects, ...reporters, ...parallel, ...files],
      cwd: root,
      env: { ...environment, MESHCERT_RUN: runDirectory, MESHCERT_TIERS: tiers.join(','), NO_COLOR: '1' },
    },
    (line) => {
      const told = readVerdictLine(line)
      if (told !== null) say(verdictText(told))
      const progress = readProgressLine(line)
      if (progress !== null) say(progress)
    },
  )
  const { code, signal } = await child.exit
  return brokenParts(report, code ?? signal)
}
