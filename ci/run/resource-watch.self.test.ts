import { openSync, closeSync } from 'node:fs'
import { expect, test } from 'vitest'
import { useOf } from './resource-watch.ts'

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
})
