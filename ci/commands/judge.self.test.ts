import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { bundle } from '../bundle/bundle.ts'
import { openKeys } from '../bundle/keys.ts'
import { writeSampleRun } from '../bundle/sample-run.ts'
import { judgeRun } from './judge.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'meshcert-judge-'))
  await writeSampleRun(join(root, 'run'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

async function printed(options: {
  run: string
  sla?: string
  json?: boolean
}): Promise<{ exitCode: number; text: string }> {
  const lines: string[] = []
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
  try {
    const exitCode = await judgeRun({ root, ...options })
    return { exitCode, text: lines.join('') }
  } finally {
    spy.mockRestore()
  }
}

/** A config with these objectives, as another programme might have them. */
async function configWith(limits: Readonly<Record<string, object>>): Promise<string> {
  const file = join(root, `sla-${Object.keys(limits).join('-')}.config.mjs`)
  await writeFile(file, `export const sla = ${JSON.stringify({ objectives: limits })}`)
  return file
}

const stated = { plane: 'crypto', title: 't', severity: 'info' }

test('by its own limits a run has its own verdict, with headroom', async () => {
  const { exitCode, text } = await printed({ run: join(root, 'run') })
  expect(exitCode).toBe(0)
  expect(text).toMatch(/PASS SLA-VERIFY on processes/)
  expect(text).toMatch(
    /signature-verify-latency: limit 10 ms, tightest that passes at 95 %: 2\.\d+ ms \(7\d\.\d % of room\)/,
  )
  expect(text).toMatch(/CONFORMANT by the limits of the run/)
})

test('the tightest limit passes, a tighter one does not', async () => {
  // Headroom is stated at 95 %; the plan of a gate judges each stage at 97.5 %.
  const run = join(root, 'at-95')
  await writeSampleRun(run, { planned: (plan) => (plan.confidence = 0.95) })
  const { text } = await printed({ run, json: true })
  const { headroom } = JSON.parse(text)
  const { tightest } = headroom.find((row: { objective: string }) => row.objective === 'signature-verify-latency')
  const others = {
    'no-accepted-event-lost': { kind: 'invariant', ...stated, metric: null },
    recovery: { kind: 'recovery', ...stated, limit: 5, unit: 's' },
  }
  for (const [limit, word] of [
    [tightest, 'PASS'],
    [tightest - 0.05, 'INCONCLUSIVE'],
    [0.5, 'FAIL'],
  ] as const) {
    const latency = { kind: 'latency', ...stated, metric: null, quantile: 0.99, limit, unit: 'ms' }
    const file = join(root, `limit-${limit}.mjs`)
    await writeFile(
      file,
      `export const sla = ${JSON.stringify({ objectives: { ...others, 'signature-verify-latency': latency } })}`,
    )
    const judged = await printed({ run, sla: file })
    expect(judged.text).toMatch(new RegExp(`${word} SLA-VERIFY`))
  }
})

test('a bundle is judged like its run; a limit that is not there is told', async () => {
  await writeSampleRun(join(root, 'second'))
  await bundle({
    runDirectory: join(root, 'second'),
    keys: await openKeys(join(root, 'keys')),
    out: join(root, 'second.tar'),
  })
  expect(await printed({ run: join(root, 'second.tar') })).toEqual(await printed({ run: join(root, 'second') }))
  const { exitCode, text } = await printed({ run: join(root, 'second.tar'), sla: await configWith({}) })
  expect(exitCode).toBe(2)
  expect(text).toMatch(/objective signature-verify-latency is not among the promises/)
})

test('what is no run and no config ends with what to do', async () => {
  await expect(judgeRun({ root, run: join(root, 'nothing') })).rejects.toThrow(/neither a run nor a bundle/)
  await expect(judgeRun({ root, run: join(root, 'run'), sla: join(root, 'none.ts') })).rejects.toThrow(
    /can't be loaded/,
  )
  const file = join(root, 'empty.mjs')
  await writeFile(file, 'export const sla = 7')
  await expect(judgeRun({ root, run: join(root, 'run'), sla: file })).rejects.toThrow(/no usable `sla\.objectives`/)
})
