/** What a run has stored is not what a run writes. The message says which file, or which record, and what is wrong with it. */
export class EvidenceError extends Error {
  override readonly name = 'EvidenceError'
}
