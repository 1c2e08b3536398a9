import { C, K, P, S, rowsOf } from './requirement-row.ts'

/** Section 2: federated learning. */
const row = rowsOf({ source: 'P5 federated learning', profiles: ['learning'], capabilities: ['learning'] })

export const learningRows = [
  row(
    'FL-ROUND',
    'the orchestrator starts rounds, collects updates, aggregates, distributes the model, validates ' + 'convergence',
    'holds',
    [S, P],
    { checkers: ['round-lineage'] },
  ),
  row(
    'FL-BATCH',
    'batch-asynchronous: fires once when K of N have arrived or at the time-out with at least the ' +
      'minimum; below it the round is abandoned and the model bytes are unchanged; clients keep training ' +
      'while the model is distributed',
    'holds',
    [S, P],
  ),
  row(
    'FL-STREAM',
    'streaming, for linear rules: incremental models, weighted by sample count × s(staleness), equal the ' +
      'batch result at every prefix in memory O(d); convergence checked online',
    'holds',
    [S, P],
  ),
  row(
    'FL-HIER',
    'edge aggregators per zone register, aggregate, forward; the central result equals the flat one bit ' +
      'for bit for linear rules; bytes match the formula within 2 %; bytes into the centre at 1,000 nodes ≤ ' +
      '1/10 of flat',
    'holds',
    [S, P, K],
    { further: ['hierarchy-bytes', 'hierarchy-centre'] },
  ),
  row(
    'FL-STALE',
    's(0)=1, s monotone, counted in model versions at arrival; too stale is dropped and accounted; a late ' +
      'update never enters a later round',
    'holds',
    [S, P],
  ),
  row(
    'FL-ORDER',
    'for a fixed set of (update, staleness) any order gives the same bytes, by an exact accumulator',
    'holds',
    [S, P],
  ),
  row(
    'FL-ONCE',
    'each update counts exactly once: duplicate, retry after a lost acknowledgement, replay, two edges ' +
      'after re-homing, crash between accept and publish, torn journal tail',
    'holds',
    [S, P, C],
  ),
  row('FL-LEDGER', 'accepted = aggregated + pending + expired, per update; weight in = weight out', 'holds', [S, P]),
  row(
    'FL-HOSTILE',
    'NaN, infinities, 1e38, denormals, wrong length, type or shape, empty, negative, zero, huge or ' +
      'non-integer counts are refused before the rule, with a reason; the round goes on',
    'holds',
    [S, P],
  ),
  row(
    'FL-ROBUST',
    'mean, trimmed mean, median, geometric median, Krum, Multi-Krum, Bulyan, centred clipping, with ' +
      'nearest-neighbour mixing and clipping: algebraic laws, refusal below the minimum n, inputs untouched',
    'holds',
    [S],
  ),
  row(
    'FL-BREAKDOWN',
    'sweep of f = 0…n/2 and attack strength; worst cell reported; beyond the design f stated as outside ' +
      'the certificate',
    'holds',
    [S],
  ),
  row(
    'FL-DETECT',
    'Byzantine updates detected, filtered, reported by node: precision and recall for sign flip, ' +
      'replacement, NaN, inflation; false positives on clean non-IID rounds; cells that cannot be detected ' +
      '(ALIE) named outside the certificate; ≥ 20 seeds',
    'byzantine-precision',
    [S, P],
    { further: ['byzantine-recall', 'byzantine-false-positives'] },
  ),
  row(
    'FL-CONVERGE',
    'converging, plateau, oscillation and divergence told apart; false alarms bounded in ≥ 300 seeds',
    'convergence-false-alarms',
    [S],
  ),
  row(
    'FL-FALLBACK',
    'on divergence, or three rounds without quorum, the orchestrator goes synchronous by itself, loses no ' +
      'accepted update, returns when healthy',
    'holds',
    [S, P],
  ),
  row(
    'FL-REAL',
    'real digits, 1,000 clients: accuracy at round 30, IID and two-shard non-IID',
    'accuracy-iid',
    [S, P],
    { further: ['accuracy-non-iid'] },
  ),
  row(
    'FL-ATTACKED',
    'real digits, worst of sign flip, label flip, mimic, ALIE, IPM, count inflation, strength swept, for ' +
      'the recommended rule: 4 attackers of 14 IID and 2 of 12 at γ = 0.33',
    'attacked-iid',
    [S],
    { further: ['attacked-non-iid'] },
  ),
  row(
    'FL-ASYNC',
    'asynchronous is faster than synchronous to equal accuracy (±1 point) under the stated delay law',
    'async-speed-up',
    [S],
    { further: ['async-accuracy-gap'] },
  ),
  row(
    'FL-1000',
    '1,000 nodes coordinated over the mesh, updates collected from all; 40,000 registered with 1,000 ' +
      'active in one process',
    'learning-active',
    [S, P],
    { capabilities: ['learning', 'mesh'], further: ['learning-registered'] },
  ),
  row(
    'FL-PARTITION',
    'after a 50/50 partition of r rounds and heal, within 2 points of no partition; models merge by ' + 'lineage',
    'partition-accuracy-gap',
    [S],
  ),
  row(
    'FL-MESH',
    "every node's model hash equals the coordinator's; signatures bind bytes, version and count; keys " +
      'rotate in mid-round',
    'holds',
    [S, P],
    { capabilities: ['learning', 'mesh'] },
  ),
  row('FL-ZONES', 'cross-zone aggregation with a zone lost, re-parented and returned', 'holds', [S, P]),
  row(
    'FL-SPEED',
    "1,000 × 100,000 float32 on one thread: mean, trimmed mean, exact Krum; a peer library's functions in " +
      'the same run',
    'mean-speed',
    [P],
    { further: ['trimmed-mean-speed', 'krum-speed'] },
  ),
  row(
    'FL-TESTS',
    'tests join learning and mesh, counted from the run: distribution, collection from 1,000+, ' +
      'convergence under mesh failures, Byzantine filtering, cross-zone aggregation',
    'learning-tests',
    [S, P],
    { subject: 'suite' },
  ),
] as const
