import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { callBytesOf, familyUseOf, useOf } from './process-use-target.ts'

test('a process is read as it is: memory, processor time and open handles', () => {
  const before = useOf(process.pid)
  const descriptors = Array.from({ length: 5 }, () => openSync('/dev/null', 'r'))
  const kept = Buffer.alloc(64 * 2 ** 20, 1)
  for (const startedMs = Date.now(); Date.now() - startedMs < 60;) kept.fill(2)
  const after = useOf(process.pid)
  descriptors.forEach(closeSync)
  if (before === null || after === null) throw new Error('This process could not be read.')
  expect(after.handles - before.handles).toBe(5)
  expect(after.residentBytes - before.residentBytes).toBeGreaterThan(40e6)
  expect(after.cpuMs).toBeGreaterThan(before.cpuMs)
  expect(kept.length).toBeGreaterThan(0)
})

test('a process that is gone says nothing, and no zero', () => {
  expect(useOf(2 ** 22 + 1)).toBeNull()
  expect(familyUseOf(2 ** 22 + 1)).toBeNull()
  expect(callBytesOf(2 ** 22 + 1)).toBeNull()
})

test("what an ended child used is its parent's, and what was read went through calls", () => {
  const before = { family: familyUseOf(process.pid), calls: callBytesOf(process.pid) }
  spawnSync(process.execPath, ['-e', 'while (process.cpuUsage().user < 60_000);'])
  const text = readFileSync(import.meta.filename)
  const after = { family: familyUseOf(process.pid), calls: callBytesOf(process.pid) }
  if (before.family === null || after.family === null || before.calls === null || after.calls === null)
    throw new Error('This process could not be read.')
  expect(after.family.cpuMs - before.family.cpuMs).toBeGreaterThanOrEqual(50)
  expect(after.family.residentBytes).toBeGreaterThan(10e6)
  expect(after.calls - before.calls).toBeGreaterThan(text.byteLength)
})
