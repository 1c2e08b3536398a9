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
  expect(remedyOf(new TypeError('x is not a function'))).toBeNull()
})
