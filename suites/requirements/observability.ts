import { K, P, S, rowsOf } from './requirement-row.ts'

/** Section 5: monitoring. */
const row = rowsOf({ source: 'P5 and P6 monitoring', profiles: ['observability'], capabilities: [] })

export const observabilityRows = [
  row(
    'OBS-SLA',
    'the SLA specification is generated from the shared config: objectives, budgets (99.99 % = 259 s per ' +
      '30 days), windows, what each number needs to be judged',
    'holds',
    [S],
    { subject: 'document' },
  ),
  row(
    'OBS-METRICS-MESH',
    'node count and status, beacon latencies, link quality, synchronisation gaps',
    'holds',
    [P, K],
    { capabilities: ['mesh'] },
  ),
  row(
    'OBS-METRICS-PQC',
    'KEM and signature latencies, operations/s, error rates, key-rotation frequency',
    'holds',
    [P, K],
    { capabilities: ['crypto'] },
  ),
  row(
    'OBS-METRICS-SPIFFE',
    'issuance latency, rotation frequency, attestation success, identity availability',
    'holds',
    [P, K],
    { capabilities: ['identity'] },
  ),
  row('OBS-METRICS-SYSTEM', 'CPU, memory, network, disk I/O, error rates', 'holds', [P, K]),
  row(
    'OBS-METRICS-EVENTS',
    'intake, queue depth, stage latencies, outcomes, incidents, remediation, model quality',
    'holds',
    [P, K],
    { capabilities: ['events'] },
  ),
  row(
    'OBS-EXPOSE',
    'exposition is lint-clean; counters reset cleanly on restart; a bounded number of series per node at ' +
      '1,000 nodes, no unbounded label',
    'series-per-node',
    [P],
  ),
  row('OBS-SCRAPE', 'scrape configuration for every component; recording rules; SLIs', 'holds', [P, K], {
    subject: 'suite',
  }),
  row(
    'OBS-ALERTS',
    'CRITICAL (service down, data at risk), WARNING (degraded, near a limit) and INFO (audit trail) ' +
      'alerts, among them: error rate > 1 %, p95 latency > 500 ms, restarts > 1/h, disk < 10 %, memory ' +
      'pressure, database pool exhausted, queue near capacity, certificate expiry, Byzantine detection, ' +
      'model degraded, absent metric per SLI, watchdog',
    'alert-rules',
    [S, P],
    { subject: 'suite' },
  ),
  row(
    'OBS-FIRE',
    'every alert fires and resolves: generated promtool cases just above and just below on the shipped ' +
      'rules, and live, time-compressed, through Prometheus, Alertmanager and a webhook',
    'holds',
    [S, P],
    { subject: 'suite' },
  ),
  row(
    'OBS-ROUTE',
    'routing, grouping, inhibition by severity; incident automation through the webhook is idempotent; ' +
      'two Prometheus replicas give one notification',
    'holds',
    [P],
    { subject: 'suite' },
  ),
  row(
    'OBS-DASH',
    'dashboards: mesh, post-quantum, identity, learning, system (P5) and system overview, component ' +
      'health, performance, incident timeline, ML model (P6)',
    'dashboards',
    [S, P],
    { subject: 'suite' },
  ),
  row(
    'OBS-DATA',
    "every panel's query returns data against the running target; no metric dead in either direction",
    'holds',
    [P],
  ),
  row(
    'OBS-SLO',
    "P6's objectives: availability 99.99 %, p95 < 200 ms, errors < 0.1 %, fault to received notification " + '< 1 min',
    'event-availability',
    [P, K],
    { capabilities: ['events'], further: ['event-latency-steady', 'event-errors', 'fault-to-notification'] },
  ),
  row(
    'OBS-GUIDE',
    'monitoring guide and one runbook per alert; every alert links to its runbook, no runbook is orphaned',
    'holds',
    [S],
    { subject: 'document' },
  ),
] as const
