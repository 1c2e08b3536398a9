import { K, P, rowsOf } from './requirement-row.ts'

/** Section 7: Kubernetes. */
const row = rowsOf({ source: 'P6 Kubernetes', profiles: ['platform'], capabilities: [] })

export const platformRows = [
  row(
    'K8S-BASE',
    'namespace, config maps, secrets (referenced, never committed); deployments automation 3, Prometheus ' +
      '2, Grafana 1 (validated only, shown as not run where its image cannot be had), mesh core 3; services ' +
      'ClusterIP, LoadBalancer, headless; ingress; HPA; RBAC; network policies; volumes for databases and ' +
      'metrics with a backup strategy',
    'holds',
    [K],
  ),
  row(
    'K8S-OVERLAYS',
    'development, staging and production overlays; a Helm chart that renders the same objects as the ' +
      'production overlay',
    'holds',
    [K],
  ),
  row(
    'K8S-VALID',
    'strict schema, server-side dry run under the restricted Pod Security level, kube-score and own ' +
      'rules; broken manifests each caught by name',
    'broken-manifests-caught',
    [K],
  ),
  row('K8S-RUN', 'a real API server, scheduler, controllers and kubelets run the deployment; pods serve', 'holds', [K]),
  row('K8S-20', '20 real kubelets Ready, each running reference pods', 'kubelets-ready', [K], { level: 'SHOULD' }),
  row(
    'K8S-1000',
    '1,000 nodes Ready (simulated kubelets, said so); meanwhile 1,000 mesh nodes run in pods on real ' +
      'kubelets, and only these count for load rows on K',
    'nodes-ready',
    [K],
  ),
  row(
    'K8S-HPA',
    'CPU target inside 50–200 % of the request, memory inside 70–90 %, one custom metric; each alone ' +
      'scales up within 2 min to the count the formula gives, scales down again, no flapping',
    'scale-up',
    [K],
  ),
  row('K8S-ROLL', 'ten rolling updates with zero failed requests in ≥ 30,000', 'rolling-update-failures', [K]),
  row(
    'K8S-HEAL',
    "client-side gap < 1 s for a pod, < 5 s for a node; Kubernetes' own times reported apart; " +
      'control-plane parts killed; PDB refuses what it must',
    'pod-gap',
    [K],
    { further: ['node-gap'] },
  ),
  row(
    'K8S-INGRESS',
    'TLS, each path, rate limit and authentication shown by one allowed and one refused request',
    'holds',
    [K],
  ),
  row('K8S-RBAC', 'per service account one allowed and one denied verb; no wildcard', 'holds', [K]),
  row('K8S-NETPOL', 'each policy, ingress and egress, shown by one allowed and one blocked connection', 'holds', [K]),
  row('K8S-STORAGE', "database and metrics survive rescheduling; the backup job's output restores", 'holds', [K]),
  row(
    'K8S-DR',
    'RPO 0 acknowledged events with the log, ≤ 5 min from backup; RTO ≤ 5 min; drilled n ≥ 10, worst ' +
      'reported; the PostgreSQL part also on P',
    'recovery-time',
    [K, P],
    { further: ['recovery-point-log', 'recovery-point-backup'] },
  ),
  row('K8S-LOAD', 'k6 runs distributed through k6-operator, shards merged into one exact verdict', 'holds', [K]),
  row(
    'K8S-DISRUPT',
    "pod faults through xk6-disruptor's API from k6 scripts, in a namespace that allows its agent",
    'holds',
    [K],
  ),
] as const
