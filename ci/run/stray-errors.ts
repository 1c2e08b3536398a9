import type { Reporter } from 'vitest/node'

type StrayErrors = Parameters<NonNullable<Reporter['onTestRunEnd']>>[1]

/** Vitest's JSON report does not tell errors outside of tests: they go to standard error, where the log of the lane keeps them. */
export default class implements Reporter {
  onTestRunEnd(_modules: unknown, errors: StrayErrors): void {
    for (const { name, message, stack } of errors)
      process.stderr.write(`error outside of a test: ${stack ?? `${name}: ${message}`}\n`)
  }
}
