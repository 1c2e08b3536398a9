/**
 * Everything that can be checked without running the product: one line per check, the words of the
 * tools below the lines that failed. Exits 0 only if every check is fine.
 */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

type Check = {
  readonly name: string
  /** Script for this Node and its arguments, relative to the root. */
  readonly args: readonly string[]
  /** What to do when it fails. */
  readonly advice: string
}

const root = fileURLToPath(new URL('..', import.meta.url))
const timeoutMs = 300_000

const checks: readonly Check[] = [
  {
    name: 'types',
    args: ['node_modules/typescript/bin/tsc', '--project', '.'],
    advice: 'correct the types named above',
  },
  {
    name: 'types of k6',
    args: ['node_modules/typescript/bin/tsc', '--project', 'k6'],
    advice: 'correct the types named above; k6 sees only what k6/tsconfig.json sees',
  },
  {
    name: 'lint',
    args: ['node_modules/oxlint/bin/oxlint', '--type-aware', '--format=unix'],
    advice: 'correct the lines named above; the import table is ci/lint/rooms.ts',
  },
  {
    name: 'tidy',
    args: ['node_modules/vitest/vitest.mjs', 'run', '--project=self', '--reporter=dot', 'ci/tidy.self.test.ts'],
    advice: 'each failed rule says what to change',
  },
  {
    name: 'format',
    args: ['node_modules/oxfmt/bin/oxfmt', '--check', '.'],
    advice: 'npm run format',
  },
  {
    name: 'unused',
    args: ['node_modules/knip/bin/knip.js', '--no-progress', '--no-config-hints'],
    advice: 'delete what nobody uses, or name its entry in knip.json',
  },
  {
    name: 'generated',
    args: ['ci/meshcert.mjs', 'generate', '--check'],
    advice: 'npm run generate, then commit what it wrote',
  },
]

type Result = { readonly check: Check; readonly code: number | null; readonly said: string; readonly tookMs: number }

function run(check: Check): Promise<Result> {
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...check.args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
    })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('close', (code) => {
      resolve({ check, code, said: Buffer.concat(chunks).toString().trim(), tookMs: performance.now() - startedAt })
    })
  })
}

function tell({ check, code, said, tookMs }: Result): void {
  const seconds = `${(tookMs / 1_000).toFixed(1)} s`
  if (code === 0) {
    process.stdout.write(`ok    ${check.name.padEnd(12)} ${seconds}\n`)
    return
  }
  const indented = said.split('\n').map((line) => `      ${line}\n`)
  const ending = code === null ? `was stopped after ${timeoutMs / 1_000} s` : `ended ${code}`
  process.stdout.write(`FAIL  ${check.name.padEnd(12)} ${seconds}, ${ending}\n${indented.join('')}`)
  process.stdout.write(`      → ${check.advice} (node ${check.args.join(' ')})\n`)
}

/** Takes checks from the common queue until it is empty; answers how many failed. */
async function worker(queue: IterableIterator<Check>): Promise<number> {
  let failed = 0
  for (const check of queue) {
    const result = await run(check)
    tell(result)
    if (result.code !== 0) failed += 1
  }
  return failed
}

const queue = checks.values()
const workers = Array.from({ length: Math.min(availableParallelism(), checks.length) }, () => worker(queue))
const failed = (await Promise.all(workers)).reduce((sum, count) => sum + count, 0)
process.stdout.write(
  failed === 0 ? `all ${checks.length} checks are fine\n` : `${failed} of ${checks.length} checks failed\n`,
)
process.exitCode = failed === 0 ? 0 : 1
