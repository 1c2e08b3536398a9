/**
 * Packets that a container drops because of where they come from: a packet filter in its network namespace, laid from
 * outside. The addresses stand in a set of the kernel, which forgets each when its time is over: whoever laid them may be dead.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const table = 'inet meshcert_fault'

/** A container's first process, as this machine counts, and the addresses whose packets it is to drop. */
export type Cut = { readonly pid: number; readonly from: readonly string[] }

/** Runs the packet filter in the namespace of a process. Rejects with the next step where it is not there. */
async function filter(pid: number, script: string): Promise<string> {
  const filtering = run('nsenter', [`--net=/proc/${pid}/ns/net`, '--', 'nft', '-f', '-'])
  filtering.child.stdin?.end(script)
  try {
    return (await filtering).stdout
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(
      `The packet filter of process ${pid} could not be set: ${why.trim()}. This needs root, nsenter and nft: install nftables, or evaluate what \`npx meshcert engine start\` prints.`,
    )
  }
}

const elements = ({ from }: Cut, leaseMs: number): string =>
  `flush set ${table} cut\nadd element ${table} cut { ${from.map((address) => `${address} timeout ${Math.ceil(leaseMs)}ms`).join(', ')} }\n`

/** Drops from now on, for as long as the lease. */
export const lay = async (cut: Cut, leaseMs: number): Promise<void> =>
  void (await filter(
    cut.pid,
    `add table ${table}
add set ${table} cut { type ipv4_addr; flags timeout; }
add chain ${table} arriving { type filter hook input priority -300; }
add rule ${table} arriving ip saddr @cut drop
${elements(cut, leaseMs)}`,
  ))

/** Begins the lease anew. */
export const relay = async (cut: Cut, leaseMs: number): Promise<void> =>
  void (await filter(cut.pid, elements(cut, leaseMs)))

/** Removes the filter and all that it held. */
export const heal = async ({ pid }: Pick<Cut, 'pid'>): Promise<void> =>
  void (await filter(pid, `add table ${table}\ndelete table ${table}\n`))

/** What is left of it; empty where nothing is. */
export async function leftIn(pid: number): Promise<readonly string[]> {
  const tables = await filter(pid, 'list tables\n')
  return tables.includes(table) ? [`process ${pid} still filters its packets`] : []
}
