/**
 * Holds one fault on containers, as `keep-watch.ts` says. Its argument is JSON: the engine's socket and a ContainerOrder. It is
 * on record until the fault is taken back.
 */
import { containerFault, Holding } from './container-faults.ts'
import { engineAt } from './engine.ts'
import { keepRecord } from './held-records.ts'
import { keepWatch } from './keep-watch.ts'

const told = process.argv[2] ?? '{}'
const { socket, order } = Holding.parse(JSON.parse(told))
keepWatch({ fault: containerFault(engineAt(socket), order), leaseMs: order.leaseMs, strikeOff: keepRecord(told) })
