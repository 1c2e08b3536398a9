import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Tier } from '../../sla.config.ts'
import type { Say } from './progress.ts'
import { verdictText } from './progress.ts'
import { readVerdictLine } from './verdict-line.ts'
import type { Warden } from './warden-client.ts'

const VitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
})

/** Files that Vitest could not even load: a defect of the suite, never of the target. */
function brokenFiles(report: string): readonly string[] {
  try {
    return VitestReport.parse(JSON.parse(readFileSync(report, 'utf8')))
      .testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
      .map((file) => `${file.name}: ${(file.message ?? 'no message').split('\n')[0]}`)
  } catch {
    return ['Vitest wrote no report: see the log of this lane.']
  }
}

/**
 * Runs test files in one Vitest process under the warden, against the tiers of this lane. Verdicts
 * come by evidence; what is returned are files that could not be loaded.
 */
export async function runSuiteLane(options: {
  readonly name: string
  readonly root: string
  readonly runDirectory: string
  readonly files: readonly string[]
  readonly tiers: readonly Tier[]
  readonly warden: Warden
  readonly say: Say
}): Promise<readonly string[]> {
  const { name, root, runDirectory, files, tiers, warden, say } = options
  if (files.length === 0) return []
  const report = join(runDirectory, 'logs', `${name}.vitest.json`)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const projects = ['--project', 'suites', '--project', 'chaos']
  const reporters = ['--reporter=json', `--outputFile.json=${report}`]
  const child = await warden.launch(
    {
      name,
      command: process.execPath,
      args: [vitest, 'run', '--root', root, ...projects, ...reporters, ...files],
      cwd: root,
      env: { MESHCERT_RUN: runDirectory, MESHCERT_TIERS: tiers.join(','), NO_COLOR: '1' },
    },
    (line) => {
      const told = readVerdictLine(line)
      if (told !== null) say(verdictText(told))
    },
  )
  await child.exit
  return brokenFiles(report)
}
