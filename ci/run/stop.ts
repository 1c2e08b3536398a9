import { z } from 'zod'

/** Exit codes of the command line: one table for every verb. */
export const exitCodes = { conformant: 0, nonConformant: 1, inconclusive: 2, usage: 64, suiteDefect: 70 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Ends a command with a message that names the next action, and the exit code that fits. */
export class Stop extends Error {
  readonly exitCode: ExitCode
  constructor(exitCode: ExitCode, message: string) {
    super(message)
    this.name = 'Stop'
    this.exitCode = exitCode
  }
}

/** What to print of an error: data of another shape as sentences, not as JSON. */
export function messageOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error)
  return error instanceof Error ? error.message : String(error)
}

const full = 'Free some space and run it again.'
const forbidden = 'Make it writable for this user and run it again.'
const remedies: Readonly<Record<string, string>> = {
  EROFS: forbidden,
  EACCES: forbidden,
  EMFILE: 'Raise the limit of open files: `npx meshcert doctor` says to what.',
}

/** What to do about an error that is the machine's and not the suite's; null for every other. */
export function remedyOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  // A full disk that a child met is known by its last words alone.
  if (/\b(ENOSPC|EDQUOT)\b|No space left on device|Disk quota exceeded/.test(error.message)) return full
  if (!('code' in error) || typeof error.code !== 'string') return null
  // Node's recursive mkdir calls a read-only file system ENOENT.
  if (error.code === 'ENOENT' && 'syscall' in error && error.syscall === 'mkdir') return forbidden
  return remedies[error.code] ?? null
}
