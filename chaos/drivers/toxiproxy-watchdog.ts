/**
 * Holds toxics, as `keep-watch.ts` says: Toxiproxy itself knows no end of one. Its argument is JSON, a `Relayed`. The names of
 * its toxics are its record: they tell whose they are.
 */
import { keepWatch } from './keep-watch.ts'
import { toxiproxyAt } from './toxiproxy-api.ts'
import { relayFault, Relayed } from './toxiproxy-faults.ts'

/** One that does not answer may be busy; one that is gone has taken its toxics along. */
const insistForMs = 60_000

const { url, leaseMs, toxics } = Relayed.parse(JSON.parse(process.argv[2] ?? '{}'))
keepWatch({ fault: relayFault(toxiproxyAt(url), toxics), leaseMs, strikeOff: () => undefined, insistForMs })
