import { C, K, P, S, rowsOf } from './requirement-row.ts'

/** Section 1: mesh and load. Rows that name 1,000 nodes are no part of `mesh-500`. */
const row = rowsOf({
  source: 'P5 mesh and load',
  profiles: ['mesh-500', 'mesh-1000'],
  capabilities: ['mesh'],
})
/** Of every load of beacons whose receipts are read. */
const premises = ['steady state before', 'receipts complete', 'generator headroom'] as const
/** Live runs of each size that a modelled mesh is held against. */
const liveRuns = 3
const bothMeshesAndIdentity = ['mesh-500', 'mesh-1000', 'identity'] as const

/** Beside the median: what a beacon takes without waiting for others, the slowest of them, and what they cost. */
const modelFigures = ['model-processing', 'model-tail', 'model-cores'] as const

export const meshRows = [
  row(
    'LOAD-100',
    'beacon latency at 100 nodes; p50, p95, p99 and time to final reported',
    'beacon-latency-100',
    [P, K],
    { premises },
  ),
  row(
    'LOAD-500',
    'beacon latency at 500 nodes; p50, p95, p99 and time to final reported',
    'beacon-latency-500',
    [P, K],
    { premises },
  ),
  row(
    'LOAD-1000',
    'beacon latency at 1,000 nodes; p50, p95, p99 and time to final reported',
    'beacon-latency',
    [P, K],
    { profiles: ['mesh-1000'], premises },
  ),
  row(
    'LOAD-MODEL-a',
    'modelled latency and processor time at 100 nodes agree with the live runs, by a cost model calibrated on other runs',
    'model-agreement',
    [S],
    { isLoad: true, values: liveRuns, further: modelFigures },
  ),
  row(
    'LOAD-MODEL-b',
    'modelled latency and processor time at 500 nodes agree with the live runs, by a cost model calibrated on other runs',
    'model-agreement',
    [S],
    { isLoad: true, values: liveRuns, further: modelFigures },
  ),
  row(
    'LOAD-MODEL-c',
    'modelled latency and processor time at 1,000 nodes agree with the live runs, the order of scales kept',
    'model-agreement',
    [S],
    { profiles: ['mesh-1000'], isLoad: true, values: liveRuns, further: modelFigures },
  ),
  row(
    'LOAD-LIMIT',
    'growing past 1,000 nodes, the first N that fails (p99 ≥ 100 ms, loss > 0.1 % or an incomplete view) ' +
      'is found; the analyzer predicts it from the smaller runs beforehand; on S by a cost model calibrated ' +
      'on P, labelled so',
    'limit-prediction',
    [S, P],
    {
      profiles: ['mesh-1000'],
      further: ['beacon-delivery'],
      checkers: ['limit-foretold'],
      premises: ['limit found'],
    },
  ),
  row(
    'LOAD-METRICS',
    'every load scenario reports beacon latency p50/p95/p99, CPU, memory, network bytes and packets, ' +
      'latency of each post-quantum operation, MAPE-K loop time, SVID rotation latency: all present, none ' +
      'empty',
    'holds',
    [P, C, K],
    { capabilities: ['mesh', 'healing', 'identity'], isLoad: true },
  ),
  row(
    'LOAD-SPAWN',
    'the generator spawns N nodes, drives beacons at a stated intensity, injects failures by a pattern, ' +
      'streams metrics while it runs and merges several generator processes exactly: merged p99 = p99 of ' +
      'all raw samples',
    'holds',
    [P, K],
    { subject: 'suite', capabilities: ['mesh', 'control'] },
  ),
  row(
    'LOAD-ANALYZE',
    'latency under load, the bottleneck named with evidence, the predicted failure point, degradation ' +
      'curve, scaling report with recommendations: each present and computed',
    'holds',
    [S, P],
    { subject: 'suite' },
  ),
  row(
    'LOAD-PROFILE',
    'CPU, memory, network and disk profiles for each scale, a file each in the evidence',
    'holds',
    [P],
    { subject: 'suite' },
  ),
  row(
    'LOAD-BASELINE',
    'the 100-node run is a signed baseline; later runs are compared paired on the same machine class, ' +
      'else INCONCLUSIVE',
    'baseline-margin',
    [P, K],
  ),
  row(
    'SLA-BEACON-LATENCY',
    'beacon latency, one objective with LOAD-1000; time to final ≤ epoch + 100 ms',
    'beacon-latency',
    [P, K],
    { further: ['beacon-final'], premises },
  ),
  row(
    'SLA-BEACON-RATE',
    'beacons used, each authenticated, none sampled away, at 1,000 nodes with 105 offered per node and ' + 'second',
    'beacon-rate',
    [P],
    { profiles: ['mesh-1000'], premises },
  ),
  row('SLA-SIGN-RATE', 'ML-DSA-65 signatures made; the same verified', 'signature-rate', [P], {
    capabilities: ['crypto'],
    further: ['signature-verify-rate'],
  }),
  row('SLA-VERIFY', 'signature verification stays under its limit', 'signature-verify-latency', [P, K]),
  row('SLA-SVID-LATENCY', 'SVID issuance, request to usable identity', 'svid-latency', [P, K], {
    profiles: bothMeshesAndIdentity,
    capabilities: ['identity'],
    premises: ['schedule lag p99'],
  }),
  row(
    'SLA-IDENTITY-RATE',
    'identities issued; P-256 and ML-DSA-65 authorities judged apart, both printed, the promise for P-256',
    'identity-rate',
    [P],
    { profiles: bothMeshesAndIdentity, capabilities: ['identity'] },
  ),
  row(
    'SLA-MESH-UP',
    'mesh availability: probes in the run, and a budget: declared fault rate × upper bound of recovery ≤ ' +
      '259 s in 30 days',
    'mesh-availability',
    [P, K],
    { further: ['mesh-outage-budget'] },
  ),
  row(
    'SLA-SPIFFE-UP',
    'identity availability: probes in the run, and a budget as for the mesh',
    'identity-availability',
    [P, K],
    { profiles: bothMeshesAndIdentity, capabilities: ['identity'], further: ['identity-outage-budget'] },
  ),
  row(
    'SLA-MAPEK',
    'every due self-healing cycle is executed, none skipped, none overlapping',
    'mapek-cycles',
    [S, P, K],
    { capabilities: ['healing'], checkers: ['cycles-on-time'] },
  ),
  row(
    'MESH-BOOT-1000',
    'a mesh of 1,000 nodes forms; one component; every view complete within its bound; time reported',
    'holds',
    [S, P, K],
    { profiles: ['mesh-1000'], checkers: ['views-converged'] },
  ),
  row(
    'MESH-BOOT-1000-b',
    '1,000 live nodes at their full beacon rate reside in bounded memory, all processes of the mesh together, as the system tells',
    'mesh-memory',
    [P, K],
    {
      profiles: ['mesh-1000'],
      capabilities: ['mesh', 'control'],
      further: ['holds'],
      premises: ['steady state before', 'samples enough'],
    },
  ),
  row(
    'MESH-BOOT-1000-c',
    '10,000 simulated nodes live 60 virtual seconds in bounded memory of one process',
    'simulated-memory',
    [S],
    { profiles: ['mesh-1000'], further: ['holds'] },
  ),
  row(
    'MESH-BOOT-1000-d',
    '1,000 simulated nodes hold as much memory after an hour of virtual time as before it',
    'memory-slope',
    [S],
    { profiles: ['mesh-1000'], further: ['holds'], checkers: ['resources-level'] },
  ),
  row(
    'MESH-SEAL',
    'deltas are sealed by an AEAD keyed from the ML-KEM link (beacons may be MAC-only, said so); ' +
      'planted canaries appear in no capture',
    'holds',
    [S, P],
    { checkers: ['deltas-converged'] },
  ),
  row(
    'MESH-SEAL-b',
    'model updates between nodes are sealed by an AEAD keyed from an ML-KEM link; planted canaries appear in no capture',
    'holds',
    [S, P],
    { capabilities: ['learning'] },
  ),
  row(
    'MESH-SEAL-c',
    'identity traffic between nodes is sealed by an AEAD keyed from an ML-KEM link; planted canaries appear in no capture',
    'holds',
    [S, P],
    { capabilities: ['identity'] },
  ),
  row(
    'MESH-HONEST',
    'what the target reports about itself agrees with what our peer observed, within stated bounds',
    'self-report-agreement',
    [P, K],
  ),
] as const
