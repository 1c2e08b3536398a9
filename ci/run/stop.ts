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

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
