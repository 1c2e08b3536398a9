/**
 * Every number that is a promise: objectives, load shapes, plans, chaos bounds.
 *
 * Pure data without imports, because k6 loads this file as it is. Everything that repeats a promise
 * (k6 thresholds, histogram edges, Prometheus rules, panels, SLA documents) is computed or generated
 * from here; `meshcert generate --check` fails on any difference.
 */

export type Plane = 'mesh' | 'crypto' | 'identity' | 'healing' | 'learning' | 'events' | 'platform' | 'suite'
export type Severity = 'critical' | 'warning' | 'info'
export type Tier = 'simulation' | 'processes' | 'containers' | 'cluster'
export type PlanName = 'gate' | 'quick' | 'release'

/** How a promise is judged, alerted and drawn follows from its kind. `metric` names a series of the metric registry. */
export type Objective =
  | {
      readonly kind: 'latency'
      readonly plane: Plane
      readonly title: string
      /** Histogram of the registry whose bucket edge stands exactly at `limit`; null where no target exports one. */
      readonly metric: string | null
      readonly quantile: 0.5 | 0.95 | 0.99 | 0.999
      readonly limit: number
      readonly unit: 'ms'
      /** Length of one judged window in minutes, where the promise holds in every window. */
      readonly everyMin?: number
      readonly severity: Severity
    }
  | {
      readonly kind: 'availability'
      readonly plane: Plane
      readonly title: string
      readonly good: string
      readonly total: string
      /** Share of good in parts: 0.9999 is 99.99 %. */
      readonly target: number
      readonly windowDays: number
      readonly severity: Severity
    }
  | {
      readonly kind: 'throughput'
      readonly plane: Plane
      readonly title: string
      readonly metric: string | null
      readonly floor: number
      readonly unit: '1/s'
      readonly sustainS: number
      readonly severity: Severity
    }
  | {
      readonly kind: 'recovery'
      readonly plane: Plane
      readonly title: string
      readonly limit: number
      readonly unit: 's'
      readonly severity: Severity
    }
  | {
      readonly kind: 'invariant'
      readonly plane: Plane
      readonly title: string
      /** Counter of violations that a target exports, if it does; zero budget: one violation is FAIL. */
      readonly metric: string | null
      readonly severity: Severity
    }
  | {
      readonly kind: 'floor' | 'ceiling'
      readonly plane: Plane
      readonly title: string
      readonly quantity: string
      readonly limit: number
      readonly unit: string
      readonly severity: Severity
    }

const latency = <const M extends string | null>(
  plane: Plane,
  title: string,
  metric: M,
  quantile: 0.5 | 0.95 | 0.99 | 0.999,
  limit: number,
  severity: Severity,
) => ({ kind: 'latency', plane, title, metric, quantile, limit, unit: 'ms', severity }) as const

const objectives = {
  holds: { kind: 'invariant', plane: 'suite', title: 'holds without exception', metric: null, severity: 'critical' },
  'beacon-latency-100': latency(
    'mesh',
    'beacon latency at 100 nodes',
    'mesh_beacon_latency_seconds',
    0.99,
    10,
    'warning',
  ),
  'signature-verify-latency': latency('crypto', 'signature verification', 'pqc_verify_seconds', 0.99, 10, 'warning'),
  'svid-latency': latency(
    'identity',
    'SVID issuance, request to usable identity',
    'spiffe_svid_issuance_seconds',
    0.99,
    1_000,
    'critical',
  ),
  'event-latency-steady': latency(
    'events',
    'end-to-end event latency at 5,000 events/min',
    'events_end_to_end_seconds',
    0.95,
    200,
    'warning',
  ),
  'signature-rate': {
    kind: 'throughput',
    plane: 'crypto',
    title: 'ML-DSA-65 signatures made and verified',
    metric: 'pqc_sign_total',
    floor: 1_000,
    unit: '1/s',
    sustainS: 60,
    severity: 'warning',
  },
  recovery: {
    kind: 'recovery',
    plane: 'mesh',
    title: 'recovery from a fault',
    limit: 5,
    unit: 's',
    severity: 'critical',
  },
  'mapek-cycles': {
    kind: 'invariant',
    plane: 'healing',
    title: 'every due MAPE-K cycle is executed, none overlaps',
    metric: 'mapek_cycles_missed_total',
    severity: 'critical',
  },
  'no-accepted-event-lost': {
    kind: 'invariant',
    plane: 'events',
    title: 'no accepted event is lost',
    metric: 'events_lost_total',
    severity: 'critical',
  },
  'model-agreement': {
    kind: 'ceiling',
    plane: 'mesh',
    title: 'modelled p50 against live p50',
    quantity: 'relative difference',
    limit: 0.3,
    unit: '1',
    severity: 'info',
  },
} as const satisfies Record<string, Objective>

export type ObjectiveId = keyof typeof objectives

export const sla = { objectives } as const
