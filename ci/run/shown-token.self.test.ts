import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { shownToken } from './shown-token.ts'

const run = mkdtempSync(join(tmpdir(), 'meshcert-shown-'))
afterAll(() => rmSync(run, { recursive: true, force: true }))

test('a token in the log of a generator is found, and a log that is not there is not passed over', () => {
  const token = `head.${'body'.repeat(30)}.${'signature-'.repeat(8)}`
  const header = Buffer.from(`Authorization: Bearer ${token}`)
  mkdirSync(join(run, 'logs'))
  const logs = { quiet: 'head.bodybody', clear: header.toString(), encoded: header.toString('base64') }
  for (const [name, text] of Object.entries(logs)) writeFileSync(join(run, 'logs', `${name}.log`), text)
  expect(shownToken(run, token, ['quiet'])).toBeNull()
  expect(shownToken(run, token, ['quiet', 'clear'])).toMatch(/clear.log shows/)
  expect(shownToken(run, token, ['encoded'])).toMatch(/encoded.log shows/)
  expect(shownToken(run, token, ['none'])).toMatch(/none.log can't be searched/)
})
