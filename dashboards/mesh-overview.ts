import { DashboardBuilder, DatasourceVariableBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { sla, type Objective } from '../sla.config.ts'
import type { MetricName } from '../suites/contract/metrics.ts'
import { finish, type FinishedDashboard } from './finish.ts'
import { panel, quantileLine, rateLine, type PanelSpec } from './panels.ts'

type LatencyObjective = Extract<Objective, { kind: 'latency' }>

const objectives: readonly Objective[] = Object.values(sla.objectives)

/** Latency promises on one series, with their limits in seconds. */
function latencySpec(title: string, description: string, metric: MetricName, stage?: string): PanelSpec {
  const promises = objectives.filter(
    (objective): objective is LatencyObjective =>
      objective.kind === 'latency' && objective.metric === metric && objective.labels?.['stage'] === stage,
  )
  const quantiles = [...new Set([0.5, 0.95, 0.99, ...promises.map(({ quantile }) => quantile)])].toSorted(
    (a, b) => a - b,
  )
  const limits = [...new Set(promises.map(({ limit }) => limit / 1_000))]
  return {
    title,
    description,
    unit: 's',
    lines: quantiles.map((quantile) => quantileLine(metric, quantile, stage === undefined ? {} : { stage })),
    ...(limits.length === 0 ? {} : { limits }),
  }
}

const mesh = (): readonly PanelSpec[] => [
  {
    title: 'Nodes',
    description: 'Mesh nodes by state, over all hosts.',
    unit: 'short',
    lines: [{ expr: 'sum by (state) (mesh_nodes)', legend: '{{state}}' }],
  },
  {
    title: 'Link quality',
    description: 'Mean share of the last 64 beacons received over all links, and links that are up.',
    unit: 'percentunit',
    lines: [{ expr: 'avg (mesh_link_quality_ratio)', legend: 'quality' }],
  },
  latencySpec(
    'Beacon latency',
    'Scheduled send to use; lines: the limits at 100, 500 and 1,000 nodes.',
    'mesh_beacon_latency_seconds',
  ),
  latencySpec('Time to final', "End of an epoch to its root's verification.", 'mesh_beacon_final_seconds'),
  {
    title: 'Beacons used',
    description: 'Beacons used after their link MAC was verified; line: the rate promised at 1,000 nodes.',
    unit: 'ops',
    lines: [rateLine('mesh_beacons_used_total', 'used'), rateLine('mesh_beacons_offered_total', 'due')],
    limits: [sla.objectives['beacon-rate'].floor],
    above: true,
  },
  {
    title: 'Refused items',
    description: 'Items refused, by reason: forged, replayed, malformed.',
    unit: 'ops',
    lines: [rateLine('mesh_refused_total', '{{reason}}', ['reason'])],
  },
]

const security = (): readonly PanelSpec[] => [
  latencySpec('Signature verification', 'Time to verify one ML-DSA-65 signature.', 'pqc_verify_seconds'),
  {
    title: 'Post-quantum operations',
    description: 'Signatures made, signatures checked, key encapsulations.',
    unit: 'ops',
    lines: [
      rateLine('pqc_sign_total', 'sign'),
      rateLine('pqc_verify_total', 'verify'),
      rateLine('pqc_kem_total', 'KEM {{operation}}', ['operation']),
    ],
  },
  latencySpec('SVID issuance', 'Request to usable X.509-SVID.', 'spiffe_svid_issuance_seconds'),
  {
    title: 'Attestations',
    description: 'Attestations by result.',
    unit: 'ops',
    lines: [rateLine('spiffe_attestations_total', '{{result}}', ['result'])],
  },
]

const healing = (): readonly PanelSpec[] => [
  {
    title: 'MAPE-K cycles',
    description: 'Cycles due, executed and missed; the promise allows none missed.',
    unit: 'ops',
    lines: [
      rateLine('mapek_cycles_due_total', 'due'),
      rateLine('mapek_cycles_executed_total', 'executed'),
      rateLine('mapek_cycles_missed_total', 'missed'),
    ],
  },
  latencySpec('Relinking', 'Loss of a link to its replacement being up.', 'mesh_relink_seconds'),
]

const events = (): readonly PanelSpec[] => [
  latencySpec(
    'Events end to end',
    'Acceptance to delivered alert; lines: the limits of all loads.',
    'events_end_to_end_seconds',
  ),
  latencySpec('Wait for the database', 'Wait for a connection of the pool.', 'events_pool_wait_seconds'),
  {
    title: 'Events',
    description: 'Events taken in, refused, finished.',
    unit: 'ops',
    lines: [
      rateLine('events_accepted_total', 'accepted'),
      rateLine('events_refused_total', 'refused: {{reason}}', ['reason']),
      rateLine('events_finished_total', 'finished: {{state}}', ['state']),
    ],
  },
  ...stages.map((stage) =>
    latencySpec(`Stage: ${stage}`, `Duration of the stage ${stage}.`, 'events_stage_seconds', stage),
  ),
]

/** Stages that a promise names. */
const stages: readonly string[] = [
  ...new Set(
    objectives.flatMap((objective) =>
      objective.kind === 'latency' && objective.metric === 'events_stage_seconds'
        ? [objective.labels?.['stage'] ?? '']
        : [],
    ),
  ),
]

/** One page on the whole system: is every promise kept, and where not, since when. */
export function meshOverview(): FinishedDashboard {
  const builder = new DashboardBuilder('Mesh / Overview')
    .uid('meshcert-mesh-overview')
    .description('Every latency promise with its limit as a line. Generated from sla.config.ts.')
    .tags(['meshcert'])
    .timezone('utc')
    .refresh('30s')
    .time({ from: 'now-1h', to: 'now' })
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
  const rows = { Mesh: mesh(), 'Cryptography and identity': security(), Healing: healing(), 'Threat events': events() }
  for (const [title, specs] of Object.entries(rows)) {
    builder.withRow(new RowBuilder(title))
    for (const spec of specs) builder.withPanel(panel(spec))
  }
  return finish(builder.build())
}
