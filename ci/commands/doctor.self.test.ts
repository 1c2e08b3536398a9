import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { findTool } from '../tools/finder.ts'
import type { ToolName } from '../tools/module.ts'
import { doctor } from './doctor.ts'

beforeAll(async () => {
  // Minutes on a machine that has never built them, and no part of any test's time.
  await findTool('k6')
  await findTool('promtool')
}, 1_800_000)
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

async function said(
  json: boolean,
  more: readonly ToolName[] = [],
): Promise<{ readonly exitCode: number; readonly text: string }> {
  let text = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk)
    return true
  })
  return { exitCode: await doctor({ json, more }), text }
}

test('this machine has what our own tests need', async () => {
  const { exitCode, text } = await said(false)
  expect(exitCode, text).toBe(0)
  expect(text).toContain('This machine has what a run needs.')
})

test('a missing tool ends 2 and tells the next step, as one JSON document if asked', async () => {
  vi.stubEnv('MESHCERT_K6', '/nonexistent/k6')
  const { exitCode, text } = await said(true)
  expect(exitCode).toBe(2)
  const { schema, findings } = JSON.parse(text)
  expect(schema).toBe('meshcert/doctor/v1')
  const missing = findings.filter((finding: { ok: boolean; needed: boolean }) => !finding.ok && finding.needed)
  expect(missing).toEqual([
    expect.objectContaining({ name: 'k6', recipe: expect.stringContaining('unset MESHCERT_K6') }),
  ])
})

test('a tool that no run needs is looked for when it is asked for', async () => {
  vi.stubEnv('MESHCERT_DISRUPTOR', '/nonexistent/k6')
  const { exitCode, text } = await said(true, ['disruptor'])
  expect(exitCode).toBe(2)
  expect(JSON.parse(text).findings).toContainEqual(
    expect.objectContaining({
      name: 'disruptor',
      ok: false,
      recipe: expect.stringContaining('unset MESHCERT_DISRUPTOR'),
    }),
  )
})
