/** From a bug that nobody knows of to the line that shows it, as whoever runs a campaign sees it. */
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readPlanFile } from '../../chaos/regression.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

function meshcert(args: readonly string[]): Promise<{ readonly code: number | null; readonly said: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'ci/meshcert.mjs'), ...args], { cwd: root, stdio: 'pipe' })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.on('close', (code) => resolve({ code, said }))
  })
}

// A mesh so small and a seed at which chance finds the bug at once: a campaign would take hundreds of runs.
test('a planted bug that a random schedule finds is left with three faults at most, and one printed line shows it again', async () => {
  const planted = ['--defect', 'second-death-believed']
  const { code, said } = await meshcert(['chaos', '--runs', '1', '--nodes', '8', '--seed', 'h', ...planted])
  expect(code).toBe(1)
  expect(said).toMatch(/1 of 1 red, simulated; 8 faults/)
  const [, line = '', file = ''] = /replay: npx meshcert (replay (\S+) .*)$/m.exec(said) ?? []
  const kept = join(root, file)
  try {
    const { plan, recorded } = readPlanFile(readFileSync(kept, 'utf8'))
    expect(plan.steps.length).toBeLessThanOrEqual(3)
    expect(recorded?.wrong).not.toEqual([])
    const again = await meshcert(line.trim().split(' '))
    expect(again.said).toMatch(/RED: .*\n.*the event log is the one that was recorded/)
    expect(again.code).toBe(1)
    // Without the bug the same line is green: it is the bug that is seen, and not the faults.
    const { code: mended } = await meshcert(['replay', file])
    expect(mended).toBe(0)
  } finally {
    rmSync(kept, { force: true })
  }
}, 120_000)
