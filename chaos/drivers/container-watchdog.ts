/**
 * Holds one fault on containers, in a process and a process group of its own: it injects when told to, and takes the fault
 * back when told to, or when nobody has renewed it for as long as its lease. Its end of the pipe may close: it goes on.
 *
 * Its argument is JSON: the engine's socket and a ContainerOrder. It is on record until the fault is taken back. It reads `inject`, `renew` and `undo`, a line each, and
 * answers each `inject` and `undo` with a line of JSON.
 */
import { createInterface } from 'node:readline'
import { containerFault, Holding } from './container-faults.ts'
import { engineAt } from './engine.ts'
import { keepRecord } from './held-records.ts'

const told = process.argv[2] ?? '{}'
const { socket, order } = Holding.parse(JSON.parse(told))
const fault = containerFault(engineAt(socket), order)

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6
const tell = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`)
// Whoever ordered it may be gone: nobody reads, and the fault is taken back all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

const strikeOff = keepRecord(told)
let expiry: NodeJS.Timeout | undefined
let injecting: Promise<void> = Promise.resolve()
let undone = false

async function undo(): Promise<void> {
  if (undone) return
  undone = true
  clearTimeout(expiry)
  try {
    // On a slow machine a lease is over before its fault is there: what comes after its undoing would stay.
    await injecting.catch(() => undefined)
    const residue = await fault.undo()
    if (residue.length === 0) strikeOff()
    tell({ undone: true, atMs: nowMs(), residue })
  } catch (error) {
    tell({ undone: true, atMs: nowMs(), residue: [String(error)] })
  }
  process.exit(0)
}

function lease(): void {
  clearTimeout(expiry)
  expiry = setTimeout(() => void undo(), order.leaseMs)
}

async function inject(): Promise<void> {
  lease()
  injecting = fault.inject()
  try {
    await injecting
    tell({ injected: true, atMs: nowMs() })
  } catch (error) {
    await fault.undo().then(strikeOff, () => undefined)
    tell({ injected: false, why: String(error) })
    process.exit(0)
  }
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line === 'inject') void inject()
    if (line === 'undo') void undo()
    if (line !== 'renew' || undone) return
    lease()
    fault.renew().catch(() => undefined)
  })
  .on('close', () => {
    // Nothing was done yet: there is nothing to wait for.
    if (expiry !== undefined) return
    strikeOff()
    process.exit(0)
  })
tell({ armed: true })
