/**
 * Who holds a fault of containers, and what: each watchdog keeps a record of its order as long as there may be something to
 * take back. The record of one that is dead tells whoever comes next what was left, and how to take it back.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The program of a watchdog. */
export const watchdogFile = fileURLToPath(new URL('container-watchdog.ts', import.meta.url))

const user = process.getuid?.() ?? 0
/** In memory, as containers are: of the machine and not of a run, whose temporary files may be its own. */
const folder = `/dev/shm/meshcert-faults-${user}`
const othersMayWrite = 0o022

const isNumber = (name: string): boolean => /^\d+$/.test(name)

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

const isWatchdog = (pid: string): boolean => argumentsOf(pid).includes(basename(watchdogFile))

/** Living watchdogs of faults on the containers of the engine at this socket, by their processes. */
export const holdersOf = ({ socket }: { readonly socket: string }): readonly number[] =>
  readdirSync('/proc')
    .filter((pid) => isNumber(pid) && isWatchdog(pid) && argumentsOf(pid).includes(`"socket":"${socket}"`))
    .map(Number)

/** Records are orders: one that somebody else could have written is obeyed by nobody. */
function demandOwnFolder(): void {
  const { uid, mode } = statSync(folder)
  if (uid !== user || (mode & othersMayWrite) !== 0)
    throw new Error(`The folder ${folder} is not ours alone, and what we do to containers is noted there: remove it.`)
}

/** Keeps the order of this process on record; the answer strikes it off. */
export function keepRecord(order: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  demandOwnFolder()
  const file = join(folder, `${process.pid}.json`)
  writeFileSync(file, order)
  return () => rmSync(file, { force: true })
}

/** A record of a watchdog that is dead. */
export type LeftRecord = { readonly pid: number; readonly order: string; readonly strikeOff: () => void }

export function recordsOfTheDead(): readonly LeftRecord[] {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return []
  demandOwnFolder()
  return readdirSync(folder)
    .map((name) => basename(name, '.json'))
    .filter((pid) => isNumber(pid) && !isWatchdog(pid))
    .flatMap((pid) => {
      const file = join(folder, `${pid}.json`)
      try {
        const order = readFileSync(file, 'utf8')
        return { pid: Number(pid), order, strikeOff: () => rmSync(file, { force: true }) }
      } catch {
        // Somebody else has taken it back meanwhile.
        return []
      }
    })
}
