import { environment } from './environment.ts'

/** `handleSummary` of every scenario: k6's own numbers and threshold results, as facts beside the raw samples. */
export const writeSummary = (data: unknown): Record<string, string> => ({
  [environment.summaryFile()]: JSON.stringify(data),
})
