import { C, K, P, S, rowsOf } from './requirement-row.ts'

/** Section 6: threat events, load and performance. */
const row = rowsOf({ source: 'P6 threat events', profiles: ['events'], capabilities: ['events'] })

export const eventRows = [
  row(
    'EVT-STEADY',
    '5,000 events/min for 30 min: p95 in every 5-min window, no error, all components healthy',
    'event-latency-steady',
    [P, K],
  ),
  row('EVT-PEAK', '15,000 events/min for 15 min: p99; the autoscaler adds replicas (K)', 'event-latency-peak', [P, K]),
  row(
    'EVT-BURST',
    '25,000 events/min for 5 min: p99 during it; queue depth back to steady within 2 min',
    'event-latency-burst',
    [P, K],
    { further: ['burst-drain'], checkers: ['queue-drained'] },
  ),
  row(
    'EVT-BURST-b',
    'the same: resident memory of each replica, and of the suite that offers the load',
    'replica-memory',
    [P],
    { further: ['suite-memory'], capabilities: ['events', 'control'] },
  ),
  row(
    'EVT-SUSTAINED',
    '10,000 events/min for 1 h: p95 in every 5-min window, no error; upper 95 % bound of the slope ≤ 5 ' +
      'MB/h, 5 handles/h, 1 % CPU/h per replica',
    'event-latency-sustained',
    [P, K],
    { further: ['memory-slope', 'handle-slope', 'cpu-slope', 'suite-memory'], checkers: ['resources-level'] },
  ),
  row(
    'EVT-FAILOVER',
    'one of three replicas killed at 5,000/min, 10 min, one kill per run: longest gap without a success, ' +
      'failed requests ≤ 1 % without and 0 with one retry, no accepted event lost, three replicas again',
    'failover-gap',
    [P, C, K],
    {
      further: ['failover-first-try-failures', 'failover-retry-failures', 'no-accepted-event-lost'],
      checkers: ['replica-always-serving', 'accepted-events-accounted'],
    },
  ),
  row(
    'EVT-CASCADE',
    'two of three replicas killed at 5,000/min, the third once one replacement serves; 10 min: a replica ' +
      'always serving, p95 while degraded, steady limits again ≤ 5 s after the last kill without hands, no ' +
      'accepted event lost',
    'event-latency-degraded',
    [P, C, K],
    {
      further: ['cascade-recovery', 'no-accepted-event-lost'],
      checkers: ['replica-always-serving', 'accepted-events-accounted'],
    },
  ),
  row(
    'EVT-UP',
    "availability after at most one retry, EVT-FAILOVER's faults included; first-try failures reported",
    'event-availability',
    [P, K],
    { further: ['event-outage-budget'], checkers: ['replica-always-serving'] },
  ),
  row(
    'EVT-ERRORS',
    'failed / offered in peak, burst, sustained; refusals of a full queue counted apart; n ≥ 2,995',
    'event-errors',
    [P, K],
  ),
  row(
    'EVT-COMPONENT',
    'at 5,000/min, n ≥ 299 per stage, p50/p95/p99: assessment, routing, remediation, incident response, ' +
      'ML inference, end to end',
    'end-to-end-p95',
    [P],
    {
      further: [
        'assessment-p50',
        'assessment-p95',
        'assessment-p99',
        'routing-p50',
        'routing-p95',
        'routing-p99',
        'remediation-p50',
        'remediation-p95',
        'remediation-p99',
        'incident-response-p50',
        'incident-response-p95',
        'incident-response-p99',
        'inference-p50',
        'inference-p95',
        'inference-p99',
        'end-to-end-p50',
        'end-to-end-p99',
      ],
      capabilities: ['events', 'notifications', 'remediation', 'mesh', 'model'],
    },
  ),
  row(
    'EVT-COST',
    'per event, all replicas together, database and generator reported apart: memory, CPU, network; disk ' +
      'per incident',
    'cost-cpu',
    [P],
    {
      further: ['cost-memory', 'cost-network', 'cost-disk'],
      checkers: ['costs-accounted'],
      isTimed: true,
      capabilities: ['events', 'incidents', 'control'],
    },
  ),
  row('EVT-PROFILE', 'CPU, memory, network and disk profile for each scenario, a file each in the evidence', 'holds', [
    P,
  ]),
  row(
    'EVT-DB',
    'under EVT-PEAK: pool wait, no query time-out, no deadlock, no sequential scan on a table over 10,000 ' +
      'rows (plans in the evidence)',
    'pool-wait',
    [P],
    { further: ['database-clean'] },
  ),
  row('EVT-RESPOND', 'accepted event to first executed incident action', 'first-response', [P, K], {
    capabilities: ['events', 'incidents', 'remediation', 'mesh'],
  }),
  row(
    'EVT-NOLOSS',
    'accepted = completed + failed with a reason + dead-lettered, per event id, across kills and restarts',
    'no-accepted-event-lost',
    [P, C, K],
    { checkers: ['accepted-events-accounted'], premises: ['schedule lag p99', 'positive control', 'fault effect'] },
  ),
  row(
    'EVT-NOLOSS-b',
    'the same across overflow: a full queue (50,000) answers 429 or 503 and loses nothing, refusals are ' +
      'counted, and it takes events in again once it has drained',
    'no-accepted-event-lost',
    [P, C, K],
    { checkers: ['accepted-events-accounted'] },
  ),
  row(
    'EVT-NOLOSS-c',
    'the same across bad input: 10,000 requests around the rims of the contract, to every route of the service, meet ' +
      'no error of it and end none of its processes',
    'no-accepted-event-lost',
    [P, C, K],
    {
      capabilities: ['events', 'incidents', 'notifications', 'remediation', 'model', 'control'],
      checkers: ['accepted-events-accounted'],
    },
  ),
  row(
    'EVT-NOLOSS-d',
    'the same, and the audit trail complete, through twenty kills of replicas and one of the database at 15,000 ' +
      'events/min; events come in again within the limit of a recovery after each',
    'no-accepted-event-lost',
    [P, C, K],
    {
      capabilities: ['events', 'control'],
      checkers: ['accepted-events-accounted', 'audit-chain-intact'],
      premises: ['offered rate', 'positive control', 'fault effect'],
    },
  ),
  row(
    'EVT-DEDUP',
    'an idempotency id never repeats an action; equal content (source, destination, kind, features) is a ' +
      'duplicate; generators vary addresses so that load events are no duplicates, and every non-duplicate ' +
      'routes at least one alert',
    'holds',
    [P],
  ),
  row('EVT-DEDUP-b', 'equal content is a duplicate only inside 300 s, whatever came in between', 'holds', [P]),
  row(
    'EVT-RISK',
    'risk levels at 9 / 7 / 4, confidence at least 0.7, every level reachable, monotone in severity and ' +
      'confidence',
    'holds',
    [S, P],
  ),
  row(
    'EVT-ROUTE',
    'Slack, PagerDuty, e-mail and SMS in their real shapes against local receivers, by risk level; ' +
      'escalation after 60 min, 3 retries with back-off, then dead letter; exactly once in the database, ' +
      'with one idempotency key',
    'holds',
    [P],
    { capabilities: ['events', 'incidents', 'notifications'] },
  ),
  row(
    'EVT-ROUTE-b',
    'the same when a replica is killed: exactly once in the database, at least once outside with an ' +
      'idempotency key, duplicates ≤ deliveries in flight at the kill',
    'holds',
    [P],
    { capabilities: ['events', 'notifications', 'control'] },
  ),
  row(
    'EVT-REMEDIATE',
    'enabled and not dry run by default; only at risk ≥ 7; each event once; rollback restores the state before: ' +
      'peers of the mesh are limited and blocked',
    'holds',
    [P],
    { capabilities: ['events', 'remediation', 'mesh'] },
  ),
  row(
    'EVT-REMEDIATE-b',
    'at most 10 at once, each once; rollback restores the state before: nodes of the mesh are isolated',
    'holds',
    [P],
    { capabilities: ['events', 'remediation', 'mesh'] },
  ),
  row(
    'EVT-INCIDENT',
    'detected → investigating → contained → eradicated → recovering → resolved → post-mortem, legal ' +
      'transitions only',
    'holds',
    [S, P],
    { capabilities: ['events', 'incidents'] },
  ),
  row(
    'EVT-ML',
    'trained on real connection records; enough samples and a good evaluation on the hold-out to be ' +
      'published, at 00:00 UTC; the previous model stays on failure',
    'model-evaluation',
    [P],
    { further: ['model-samples'], capabilities: ['events', 'model'] },
  ),
  row(
    'EVT-AUDIT',
    'complete, tamper-evident trail: every accepted event and every action is in a hash chain that ' + 'verifies',
    'holds',
    [P, C, K],
    { checkers: ['audit-chain-intact'] },
  ),
  row(
    'EVT-CONFIG',
    'every value above plus queue 50,000, deduplication 300 s, 500 workflows, 32 workers, database pool ' +
      '50–200 for the service (split over its replicas) with query time-outs and retry policy, Redis cache ' +
      'with TTLs and invalidation, logging levels, resource limits, time-outs; a wrong value is refused at start with its key; every key is ' +
      'alive: changing it changes an observation (the 501st workflow waits, the 33rd job waits)',
    'holds',
    [P],
    { capabilities: ['events', 'incidents', 'notifications', 'remediation', 'model', 'configuration', 'mesh'] },
  ),
  row(
    'EVT-SECURE',
    'mutating routes refuse missing, expired or wrong-scope tokens; TLS on every non-loopback listener; ' +
      'body, rate and header limits; planted secrets appear in no log, metric or evidence',
    'holds',
    [P, K],
    { capabilities: ['events', 'incidents', 'notifications', 'remediation', 'model', 'control'] },
  ),
  row(
    'EVT-REAL',
    'threat signals come from real connection records (NSL-KDD); arrival rates and mix documented',
    'holds',
    [P, K],
  ),
] as const
