import { P, S, rowsOf } from './requirement-row.ts'

/** Section 3, Byzantine, cryptographic, identity and storage faults. */
const row = rowsOf({
  source: 'P5 chaos',
  profiles: ['mesh-500', 'mesh-1000'],
  capabilities: ['mesh', 'control'],
})

export const byzantineRows = [
  row('CHAOS-BYZ-1', 'false signatures', 'detection', [S, P], { checkers: ['forged-refused'] }),
  row('CHAOS-BYZ-2', "beacons forged in another node's name by a compromised neighbour", 'detection', [S, P], {
    checkers: ['forged-refused'],
  }),
  row('CHAOS-BYZ-3', 'replay and reordering of genuine beacons', 'detection', [S, P], {
    checkers: ['forged-refused'],
  }),
  row('CHAOS-BYZ-4', 'equivocation: two roots for one origin and epoch, evidence transferable', 'detection', [S, P]),
  row(
    'CHAOS-BYZ-5',
    'bad identities: foreign trust domain, expired, not yet valid, wrong key usage, two URI SANs, CA flag',
    'detection',
    [S, P],
    { capabilities: ['mesh', 'identity', 'control'] },
  ),
  row('CHAOS-BYZ-6', 'a flood of sybil joins', 'detection', [S, P]),
  row('CHAOS-BYZ-7', 'poisoned learning updates and inflated counts from mesh members', 'detection', [S, P], {
    profiles: ['mesh-500', 'mesh-1000', 'learning'],
    capabilities: ['mesh', 'learning', 'control'],
  }),
  row(
    'CHAOS-BYZ-8',
    'detection accuracy: ≥ 30,000 genuine and ≥ 30,000 forged items mixed, confusion matrix; no forged ' +
      'item used; genuine refused ≤ 0.01 %',
    'genuine-refused',
    [S, P],
    { further: ['holds'], checkers: ['forged-refused'] },
  ),
  row('CHAOS-CRYPTO-1', 'encryption and decapsulation errors on live links', 'recovery', [S, P], {
    checkers: ['views-converged'],
  }),
  row(
    'CHAOS-CRYPTO-2',
    'signature validation failing (bit flips at every layer, wrong context, wrong length)',
    'detection',
    [S, P],
    { capabilities: ['mesh', 'crypto', 'identity'], checkers: ['forged-refused'] },
  ),
  row('CHAOS-CRYPTO-3', 'key rotation under full load; no gap, no plaintext, no stall', 'holds', [S, P], {
    checkers: ['views-converged', 'deltas-converged'],
  }),
  row('CHAOS-CRYPTO-4', 'SVIDs expire without renewal; identity is lost cleanly and regained', 'recovery', [S, P], {
    profiles: ['mesh-500', 'mesh-1000', 'identity'],
    capabilities: ['mesh', 'identity', 'control'],
    checkers: ['identity-held'],
  }),
  row('CHAOS-CRYPTO-5', 'the authority is down, then rolls its CA over', 'recovery', [S, P], {
    profiles: ['mesh-500', 'mesh-1000', 'identity'],
    capabilities: ['mesh', 'identity', 'control'],
    checkers: ['identity-held'],
  }),
  row(
    'CHAOS-CRYPTO-6',
    'downgrade, nonce reuse and replayed handshakes are refused; recovery after clock skew',
    'recovery',
    [S, P],
    { checkers: ['views-converged', 'forged-refused'] },
  ),
  row(
    'CHAOS-CRYPTO-7',
    'all SVIDs rotate while NET-1, NET-7 and NODE-3 run: no instant without a valid SVID, none renewed ' +
      'twice, links survive',
    'holds',
    [S, P],
    {
      profiles: ['mesh-500', 'mesh-1000', 'identity'],
      capabilities: ['mesh', 'identity', 'control'],
      checkers: ['views-converged', 'identity-held'],
    },
  ),
  row(
    'CHAOS-STORE-1',
    'storage that lies: torn write, lost fsync, EIO, full disk, bit rot, stale read; journals, ledger and ' +
      'audit chain detect or survive each, none silent',
    'recovery',
    [S, P],
    {
      profiles: ['mesh-500', 'mesh-1000', 'learning', 'events'],
      capabilities: ['learning', 'control'],
      further: ['holds'],
      checkers: ['storage-believed', 'round-lineage'],
    },
  ),
  row('CHAOS-STORE-1-b', 'the same of the journal of the identity authority', 'recovery', [P], {
    profiles: ['mesh-500', 'mesh-1000', 'identity'],
    capabilities: ['identity', 'control'],
    further: ['holds'],
    checkers: ['storage-believed'],
  }),
] as const
