import { sla } from '../../sla.config.ts'

/** One series that a target exports. Times are in seconds, as Prometheus wants; names carry their unit. */
export type Metric = {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  readonly plane:
    | 'mesh'
    | 'crypto'
    | 'identity'
    | 'healing'
    | 'learning'
    | 'events'
    | 'notifications'
    | 'remediation'
    | 'model'
    | 'configuration'
    | 'system'
  /** Histogram edges in seconds; one stands exactly at each limit that is judged on this series. */
  readonly buckets?: readonly number[]
}

const edges = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

/** Six edges a decade: a quantile read from them is at most half as large again. */
const fineEdges = (fromS: number, toS: number): readonly number[] =>
  Array.from({ length: Math.round(Math.log10(toS / fromS)) }, (_, decade) => decade)
    .flatMap((decade) => [1, 1.5, 2, 3, 5, 7].map((step) => Number((fromS * step * 10 ** decade).toPrecision(2))))
    .concat(toS)

/** Usual edges plus one at each latency limit that the shared config judges on this series. */
function bucketsOf(metric: string): readonly number[] {
  const limits = Object.values(sla.objectives).flatMap((objective) =>
    objective.kind === 'latency' && objective.metric === metric ? [objective.limit / 1_000] : [],
  )
  return [...new Set([...edges, ...limits])].sort((a, b) => a - b)
}

const counter = <const N extends string>(
  plane: Metric['plane'],
  name: N,
  help: string,
  labels: readonly string[] = [],
) => ({ name, type: 'counter', help, labels, plane }) as const
const gauge = <const N extends string>(plane: Metric['plane'], name: N, help: string, labels: readonly string[] = []) =>
  ({ name, type: 'gauge', help, labels, plane }) as const
const histogram = <const N extends string>(
  plane: Metric['plane'],
  name: N,
  help: string,
  labels: readonly string[] = [],
  buckets: readonly number[] = bucketsOf(name),
) => ({ name, type: 'histogram', help, labels, plane, buckets }) as const

/** Every series that a target of the contract exports, by plane. Rules, panels and exporters take their names from here. */
export const metrics = [
  gauge('mesh', 'mesh_nodes', 'Mesh nodes by state', ['state']),
  gauge('mesh', 'mesh_links', 'Directed links that are up'),
  gauge('mesh', 'mesh_link_quality_ratio', 'Mean share of the last 64 beacons received over all links'),
  counter('mesh', 'mesh_beacons_offered_total', 'Beacons scheduled'),
  counter('mesh', 'mesh_beacons_used_total', 'Beacons used after their link MAC was verified'),
  counter('mesh', 'mesh_refused_total', 'Items refused, by reason', ['reason']),
  counter('mesh', 'mesh_peer_beacons_used_total', 'Beacons of joined peers used'),
  histogram('mesh', 'mesh_beacon_latency_seconds', 'Scheduled send to use of a beacon'),
  histogram('mesh', 'mesh_beacon_final_seconds', "End of an epoch to its root's verification"),
  histogram('mesh', 'mesh_relink_seconds', 'Loss of a link to its replacement being up'),
  counter('mesh', 'mesh_cpu_seconds_total', 'Processor time of a mesh process', ['instance', 'mode']),
  gauge('mesh', 'mesh_resident_bytes', 'Resident memory of a mesh process', ['instance']),
  gauge('mesh', 'mesh_heap_used_bytes', 'JavaScript heap in use in a mesh process', ['instance']),
  counter('mesh', 'mesh_event_loop_busy_seconds_total', 'Time in which the event loop was not waiting', ['instance']),
  histogram(
    'mesh',
    'mesh_event_loop_delay_seconds',
    'Lateness of a timer in a mesh process',
    ['instance'],
    fineEdges(1e-4, 10),
  ),
  counter('mesh', 'mesh_gc_seconds_total', 'Time in which garbage collection stopped a mesh process', ['instance']),
  counter('mesh', 'mesh_datagrams_total', 'UDP datagrams of the nodes', ['instance', 'direction']),
  counter('mesh', 'mesh_datagram_bytes_total', 'UDP payload of the nodes', ['instance', 'direction']),
  counter('mesh', 'mesh_socket_drops_total', 'Datagrams dropped because a receive buffer was full', ['instance']),
  histogram(
    'mesh',
    'mesh_operation_seconds',
    'Time of one cryptographic operation of the mesh; HMACs are sampled',
    ['operation'],
    fineEdges(1e-6, 0.1),
  ),
  counter('crypto', 'pqc_sign_total', 'ML-DSA-65 signatures made'),
  counter('crypto', 'pqc_verify_total', 'ML-DSA-65 signatures checked, by result', ['result']),
  counter('crypto', 'pqc_kem_total', 'ML-KEM-768 operations', ['operation']),
  histogram('crypto', 'pqc_sign_seconds', 'Time to make one ML-DSA-65 signature'),
  histogram('crypto', 'pqc_verify_seconds', 'Time to verify one ML-DSA-65 signature'),
  histogram('crypto', 'pqc_kem_seconds', 'Time of one ML-KEM-768 operation', ['operation']),
  counter('identity', 'spiffe_svid_issued_total', 'X.509-SVIDs issued'),
  counter('identity', 'spiffe_attestations_total', 'Attestations by result', ['result']),
  histogram('identity', 'spiffe_svid_issuance_seconds', 'Request to usable X.509-SVID inside the authority'),
  histogram('identity', 'spiffe_svid_rotation_seconds', 'Due instant of a rotation to hand-over of the new SVID'),
  counter('healing', 'mapek_cycles_due_total', 'MAPE-K cycles that fell due'),
  counter('healing', 'mapek_cycles_executed_total', 'MAPE-K cycles executed'),
  counter('healing', 'mapek_cycles_missed_total', 'MAPE-K cycles skipped or overlapping'),
  counter('healing', 'mapek_actions_total', 'Healing actions by kind and result', ['action', 'result']),
  histogram('healing', 'mapek_cycle_seconds', 'Duration of one MAPE-K cycle'),
  counter('learning', 'fl_rounds_total', 'Learning rounds by end', ['state']),
  counter('learning', 'fl_updates_total', 'Updates by fate', ['fate']),
  gauge('learning', 'fl_accuracy_ratio', 'Held-out accuracy of the newest model', ['task']),
  histogram('learning', 'fl_aggregation_seconds', 'Time to aggregate one round'),
  counter('events', 'events_accepted_total', 'Events taken in durably'),
  counter('events', 'events_refused_total', 'Events refused, by reason', ['reason']),
  counter('events', 'events_finished_total', 'Events by terminal state', ['state']),
  counter('events', 'events_lost_total', 'Accepted events found without a terminal state by the service itself'),
  gauge('events', 'events_queue_depth', 'Accepted events not yet finished'),
  histogram('events', 'events_stage_seconds', 'Duration of one stage', ['stage']),
  histogram('events', 'events_end_to_end_seconds', 'Acceptance to delivered alert'),
  histogram('events', 'events_pool_wait_seconds', 'Wait for a database connection'),
  counter('events', 'events_database_failures_total', 'Statements that ended in a time-out or a deadlock', ['kind']),
  counter('notifications', 'notifications_total', 'Attempts to tell a channel, by what came of them', [
    'channel',
    'outcome',
  ]),
  histogram('notifications', 'notification_attempt_seconds', 'Duration of one attempt', ['channel']),
  counter('remediation', 'remediations_total', 'Actions by what came of them', ['action', 'outcome']),
  gauge('remediation', 'remediations_running', 'Actions that this replica is about'),
  gauge('model', 'model_version', 'Version of the published model, as this replica has it'),
  gauge('model', 'model_samples', 'Samples that the published model was trained on'),
  gauge(
    'model',
    'model_evaluation_ratio',
    'Share of the held-out records whose family the published model told rightly',
  ),
  counter('configuration', 'events_cache_reads_total', 'Reads of the state of an event, by whether a copy was told', [
    'outcome',
  ]),
  counter('model', 'model_inferences_total', 'Events put to the model, by the family it took them for', ['kind']),
] as const satisfies readonly Metric[]

export type MetricName = (typeof metrics)[number]['name']
