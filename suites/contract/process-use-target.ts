import { readdirSync, readFileSync } from 'node:fs'

/** What a process of this machine uses, as the system tells: since its start where it adds up. */
export type ProcessUse = {
  readonly pid: number
  readonly residentBytes: number
  /** Open file descriptors. */
  readonly handles: number
  readonly cpuMs: number
}

/** Clock ticks per second and bytes of a page in `/proc`: USER_HZ is 100 on every Linux that Node runs on. */
const ticksPerS = 100
const kibibyte = 1_024

/** The fields of `/proc/PID/stat` from the process's state on. The name before them, in brackets, may hold spaces. */
const statOf = (pid: number): readonly string[] =>
  readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []

const msOfTicks = (...ticks: readonly (string | undefined)[]): number =>
  (ticks.reduce((sum, one) => sum + Number(one), 0) * 1_000) / ticksPerS

/** What one process uses now; null once it is gone, or where it may not be looked at. */
export function useOf(pid: number): ProcessUse | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const residentKiB = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])
    const fields = statOf(pid)
    const cpuMs = msOfTicks(fields[11], fields[12])
    const handles = readdirSync(`/proc/${pid}/fd`).length
    if (!Number.isFinite(residentKiB) || !Number.isFinite(cpuMs)) return null
    return { pid, residentBytes: residentKiB * kibibyte, handles, cpuMs }
  } catch {
    return null
  }
}

/**
 * Processor time of a process that works through children, and of those: of ended ones, too, once it has waited for them.
 * Memory is shared among them, so each page counts as its share (PSS). Null where they may not be looked at.
 */
export function familyUseOf(pid: number): Pick<ProcessUse, 'residentBytes' | 'cpuMs'> | null {
  try {
    const children = childrenOf(pid)
    const own = statOf(pid)
    // One that has just ended is counted with its parent at the next reading.
    const living = children.flatMap((child) => useOf(child) ?? [])
    const cpuMs = living.reduce((sum, use) => sum + use.cpuMs, msOfTicks(own[11], own[12], own[13], own[14]))
    const shares = [pid, ...living.map((use) => use.pid)].map((one) => shareBytesOf(one) ?? 0)
    return { residentBytes: shares.reduce((sum, bytes) => sum + bytes, 0), cpuMs }
  } catch {
    return null
  }
}

/** Children that the process's main thread started. */
const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

/** A process and all that it started, and these in turn; itself alone where nobody tells. */
export function familyOf(pid: number): readonly number[] {
  try {
    return [pid, ...childrenOf(pid).flatMap(familyOf)]
  } catch {
    return [pid]
  }
}

/** A figure in KiB of a file that the system keeps about a process, in bytes; null once it is gone, or where it may not be looked at. */
function bytesIn(pid: number, file: 'status' | 'smaps_rollup', name: string): number | null {
  try {
    const kib = Number(
      new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1],
    )
    return Number.isFinite(kib) ? kib * kibibyte : null
  } catch {
    return null
  }
}

/** Resident memory of one process, each page as its share among all that use it (PSS): these add up. */
export const shareBytesOf = (pid: number): number | null => bytesIn(pid, 'smaps_rollup', 'Pss')

/** The most resident memory that one process has had. */
export const peakBytesOf = (pid: number): number | null => bytesIn(pid, 'status', 'VmHWM')

/** Bytes that went through the read and write calls of a process since its start, sockets included; null where nobody tells. */
export function callBytesOf(pid: number): number | null {
  try {
    const calls = readFileSync(`/proc/${pid}/io`, 'utf8')
    const bytes = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(calls)?.[1])
    const sum = bytes('rchar') + bytes('wchar')
    return Number.isFinite(sum) ? sum : null
  } catch {
    return null
  }
}
