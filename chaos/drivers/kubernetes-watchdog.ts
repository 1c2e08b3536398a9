/**
 * Holds one fault in a cluster, as `keep-watch.ts` says. Its argument is JSON: a Holding. An API server that does not answer
 * when the fault is to be taken back is asked again, for an hour.
 */
import { clusterAt } from './cluster.ts'
import { Holding, kubernetesFault } from './kubernetes-faults.ts'
import { keepWatch } from './keep-watch.ts'

const hourMs = 3_600_000

const holding = Holding.parse(JSON.parse(process.argv[2] ?? '{}'))
keepWatch({
  fault: kubernetesFault(clusterAt(holding.pods.place), holding),
  leaseMs: holding.order.leaseMs,
  // What it makes bears a label and tells its end: the cluster is the record.
  strikeOff: () => undefined,
  insistForMs: hourMs,
})
