import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { remedyOf } from './stop.ts'

test('a full disk is the machine’s affair and told with its remedy; other errors are ours', () => {
  let full: unknown
  try {
    writeFileSync('/dev/full', 'x')
  } catch (error) {
    full = error
  }
  expect(remedyOf(full)).toMatch(/^Free some space/)
  expect(remedyOf(Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'mkdir' }))).toMatch(
    /^Make it writable/,
  )
  for (const words of ['initdb: could not write: No space left on device', 'Error: ENOSPC: write'])
    expect(remedyOf(new Error(`events ended (1). Its last words:\n${words}`))).toMatch(/^Free some space/)
  expect(remedyOf(new TypeError('x is not a function'))).toBeNull()
})
