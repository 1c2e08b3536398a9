/**
 * What a fault may leave on a host, beside the target's own word: read before and after, the difference must be empty. Linux
 * only; of a component that runs elsewhere it says just that.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Component } from '../../suites/contract/control.ts'

const listening = '0A'
const tables = [
  { name: 'udp', wanted: null },
  { name: 'udp6', wanted: null },
  { name: 'tcp', wanted: listening },
  { name: 'tcp6', wanted: listening },
] as const

/** Text of a file below /proc, empty for one that is gone meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function entries(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** Inodes of the sockets that others can reach, in the network of a process; one that is connected comes and goes. */
function reachable(pid: number): ReadonlySet<string> {
  const rows = tables.flatMap(({ name, wanted }) =>
    read(`/proc/${pid}/net/${name}`)
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => wanted === null || state === wanted),
  )
  return new Set(rows.flatMap(({ 9: inode }) => inode ?? []))
}

/** Fields of a process from its state on. The name in brackets may hold blanks: what is counted begins after it. */
const afterName = (stat: string): readonly string[] => stat.slice(stat.lastIndexOf(')') + 2).split(' ')

/** PF_FORKNOEXEC of the kernel: a process that was forked and goes on with its parent's program. */
const forkedOnly = 0x40

/** Workers that a process forks of itself, as a database does for each connection and its housekeeping, come and go without any fault. */
function runsItsOwnProgram(pid: string): boolean {
  const stat = read(`/proc/${pid}/stat`)
  return stat !== '' && (Number(afterName(stat)[6]) & forkedOnly) === 0
}

function auditProcess(label: string, pid: number): readonly string[] {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === '') return [`${label} is no process of this host`]
  const fields = afterName(stat)
  const open = reachable(pid)
  const sockets = entries(`/proc/${pid}/fd`).filter((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${fd}`))?.[1]
    return inode !== undefined && open.has(inode)
  })
  const children = read(`/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .filter((child) => child !== '' && runsItsOwnProgram(child))
  const processors = /^Cpus_allowed_list:\s*(.*)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? ''
  return [
    `${label} ${/[Tt]/.test(fields[0] ?? '') ? 'is stopped' : 'goes'}`,
    `${label} has priority ${fields[16] ?? ''} and processors ${processors}`,
    `${label} is in cgroup ${read(`/proc/${pid}/cgroup`).trim()} and in ${link(`/proc/${pid}/ns/net`)}`,
    `${label} has ${sockets.length} sockets to be reached at`,
    `${label} has ${children.length} children with programs of their own`,
  ]
}

/** Everything that is looked at, a line each: the target's processes as the host sees them, and the host's network devices. */
export function auditHost(components: readonly Component[]): readonly string[] {
  const processes = components.flatMap(({ role, instance, pid, state }) => {
    const label = `${role} ${instance}`
    return [`${label} is ${state}`, ...(pid === null ? [] : auditProcess(label, pid))]
  })
  return [...processes, ...entries('/sys/class/net').map((device) => `there is the network device ${device}`)]
}

/** What the later audit has or lacks, against the earlier one. */
export function auditDifference(before: readonly string[], after: readonly string[]): readonly string[] {
  return [
    ...after.filter((line) => !before.includes(line)).map((line) => `now ${line}`),
    ...before.filter((line) => !after.includes(line)).map((line) => `no longer ${line}`),
  ]
}
