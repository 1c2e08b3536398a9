import type { Observe } from '../suites/evidence/recorder.ts'
import type { EffectProof } from './effect.ts'
import type { LeaseRecord } from './lease.ts'

/** One fault as its lease tells of it. */
export type Laid = { readonly proof: EffectProof; readonly record: LeaseRecord }

/**
 * Records a fault, and the premises that it struck and left nothing; `drawn` says besides its scope where it came from.
 * `repeatsLeft`: how many of its row would follow, and do not where it was undone before its time.
 */
export function recordLaid(
  observe: Observe,
  { proof, record }: Laid,
  drawn: Readonly<Record<string, string | number>>,
  repeatsLeft = 0,
): void {
  const { aborted, ...held } = record
  observe.fault({
    ...held,
    residue: [...held.residue],
    scope: { ...held.scope, ...drawn },
    ...(aborted && { aborted: { ...aborted, repeatsLeft } }),
  })
  observe.premise({
    claim: 'fault effect',
    measured: proof.proven ? 0 : 1,
    limit: 0,
    unit: 'faults without effect',
    noise: false,
    detail: proof.seen,
  })
  observe.premise({
    claim: 'fault undone',
    measured: record.residue.length,
    limit: 0,
    unit: 'things left',
    noise: false,
    detail: record.residue.join('; '),
  })
}
