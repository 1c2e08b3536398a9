import { expect, test } from 'vitest'
import type { Tier } from '../../sla.config.ts'
import type { RunDocument, RunRow } from '../../suites/evidence/verdict.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import { documentOf, passedRow } from '../run/sample-document.ts'
import { judgeProfile } from './certify.ts'

const planned: readonly Tier[] = ['simulation', 'processes']
const ofProfile = catalogue.filter(
  ({ level, excluded, profiles }) => level === 'MUST' && excluded === undefined && profiles.includes('learning'),
)

/** A run in which every row of the profile passed on these tiers. */
const runOn = (tiers: readonly Tier[], change: (row: RunRow) => RunRow = (row) => row): RunDocument =>
  documentOf(
    ofProfile.flatMap(({ id, where }) =>
      where.filter((tier) => tiers.includes(tier)).map((tier) => change(passedRow(id, tier))),
    ),
  )

const verdictOn = (document: RunDocument) => judgeProfile('learning', document, planned).verdict

test('a profile is certified when all of its rows passed on every tier of the plan', () => {
  expect(ofProfile.length).toBeGreaterThan(10)
  expect(verdictOn(runOn(planned))).toBe('CERTIFIED')
})

test('a tier or a row that the run left out, a compressed row and a row without a test are doubts', () => {
  const whole = runOn(planned)
  const [row] = whole.requirements
  expect(verdictOn(runOn(['processes']))).toBe('INCONCLUSIVE')
  expect(verdictOn({ ...whole, requirements: whole.requirements.filter(({ id }) => id !== row?.id) })).toBe(
    'INCONCLUSIVE',
  )
  expect(verdictOn(runOn(planned, (one) => ({ ...one, scope: 'compressed' })))).toBe('INCONCLUSIVE')
  expect(verdictOn({ ...whole, uncovered: [{ id: row?.id ?? '', tiers: ['cluster'] }] })).toBe('INCONCLUSIVE')
  expect(verdictOn({ ...whole, requirements: [] })).toBe('INCONCLUSIVE')
})

test('one failed row decides, an exempt one too; undeclared planes leave nothing to certify', () => {
  const fails = (verdict: RunRow['verdict']) => {
    const { requirements, ...rest } = runOn(planned)
    return { ...rest, requirements: requirements.map((row, index) => (index === 0 ? { ...row, verdict } : row)) }
  }
  expect(verdictOn(fails('FAIL'))).toBe('NOT CERTIFIED')
  expect(verdictOn(fails('EXEMPT'))).toBe('NOT CERTIFIED')
  expect(verdictOn(fails('NOT-APPLICABLE'))).toBe('INCONCLUSIVE')
  expect(verdictOn(runOn(planned, (row) => ({ ...row, verdict: 'NOT-APPLICABLE' })))).toBe('NOT APPLICABLE')
})
