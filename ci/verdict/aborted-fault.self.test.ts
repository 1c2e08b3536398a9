import { expect, test } from 'vitest'
import { fault, judged, premise, record, series } from './sample-evidence.ts'

const aborted = { atMs: 2_501, because: 'nobody knew anybody' }
const evidence = (change: Partial<Parameters<typeof fault>[0]>, premises: ReturnType<typeof premise>[] = []) =>
  record({ observations: [series([1])], premises, faults: [fault({ aborted, ...change })] })

test('a fault that was undone before its time fails its row, however good the figures are, and tells what was not run', () => {
  expect(judged('recovery', [record({ observations: [series([1])], faults: [fault()] })]).verdict).toBe('PASS')
  const told = 'fault crash was aborted at 2.5 s after its injection, because nobody knew anybody'
  expect(judged('recovery', [evidence({})])).toMatchObject({ verdict: 'FAIL', reason: told, escalate: false })
  const two = judged('recovery', [evidence({ aborted: { ...aborted, repeatsLeft: 2 } })])
  expect(two.reason).toBe(`${told}; 2 repeats after it not run`)
})

test('on a noisy machine it is in doubt, for bounds of time may be broken by whoever is late', () => {
  const noisy = judged('recovery', [evidence({}, [premise('foreign load', 2, true)])])
  expect(noisy).toMatchObject({
    verdict: 'INCONCLUSIVE',
    escalate: true,
    reason: expect.stringMatching('foreign load'),
  })
  const late = { ...premise('schedule lag p99', 2, true), spoils: 'failures' as const }
  expect(judged('invariant', [evidence({}, [late])]).verdict).toBe('INCONCLUSIVE')
})
