import { P, S, rowsOf } from './requirement-row.ts'

/**
 * Section 9: the suite itself. A run in SELF-AA and SELF-POWER is the simulation lane plus the judge over
 * recorded live evidence.
 */
const row = rowsOf({ source: 'M', subject: 'suite', profiles: [], capabilities: [] })

export const machineryRows = [
  row(
    'SELF-KILL',
    'every MUST row is shown able to fail: a named defect turns the named test red, for the named reason; ' +
      'each run against conformance and the rows it should kill; collateral measured on S',
    'defects-killed',
    [S, P],
    { further: ['defect-count'] },
  ),
  row(
    'SELF-PERMISSIVE',
    'correct variants of the reference (other timers, orders, batch sizes, fan-outs) all pass: the suite ' +
      'does not demand our implementation',
    'variants-passed',
    [S, P],
  ),
  row('SELF-AA', 'the same target against itself raises no alarm in ≥ 300 runs', 'false-alarms', [S, P]),
  row('SELF-POWER', 'an injected slowdown of 5 % is caught, one of 1 % is not failed', 'slowdown-caught', [S, P], {
    further: ['slowdown-tolerated'],
  }),
  row(
    'SELF-VACUOUS',
    'nothing run, nothing matched, no samples, generator saturated, dropped iterations, stale exemption, ' +
      'broken prerequisite, all not applicable: never green',
    'holds',
    [S, P],
  ),
  row(
    'SELF-REPLAY',
    'the same seed gives the same event log; a red simulated run is replayed by one printed line and ' + 'minimised',
    'seeds-replayed',
    [S, P],
    // The gate runs fewer seeds: it is their number that takes time.
    { isLoad: true, capabilities: ['control', 'mesh'] },
  ),
  row(
    'SELF-UNDO',
    'kill -9 of the runner in mid-fault: effect gone within the lease + 0.5 s, no residue; 20 of 20 per ' +
      'undo mechanism × live driver, ≥ 3 for every other fault, ≥ 299 pooled',
    'undo-after-kill',
    [S, P],
    { capabilities: ['control', 'identity', 'learning', 'mesh'] },
  ),
  row(
    'SELF-BUNDLE',
    'evidence is signed (Ed25519 and ML-DSA-65) and re-judged offline; any flipped byte, missing file, ' +
      'swapped subject or stripped signature is refused',
    'holds',
    [S, P],
  ),
  row(
    'SELF-LEDGER',
    'every started run, red or aborted, enters a hash-chained ledger in a file or place the user names; ' +
      "`verify` tells which attempt this is; an auditor's nonce can choose the seed",
    'holds',
    [S, P],
  ),
  row(
    'SELF-RATCHET',
    'a loosened limit, lower n, lost tier, deleted row, retired defect or new exemption is its own red ' +
      'verdict without a recorded approval',
    'holds',
    [S, P],
  ),
  row(
    'SELF-TIME',
    'merge gate warm on 2 cores; `certify --plan quick` (compressed event scenarios, labelled); `--plan ' +
      'release` full length, its time plan printed beforehand',
    'gate-time',
    [S, P],
    { further: ['quick-time'] },
  ),
] as const
