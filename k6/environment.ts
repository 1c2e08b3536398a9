/** What the runner tells a scenario, all of it by `-e NAME=value`. */
import type { Shard } from './schedule.ts'

function required(name: string): string {
  const value = __ENV[name]
  if (value === undefined || value === '') {
    throw new Error(`${name} is missing: scenarios run through \`npx meshcert gate\` or \`certify\`.`)
  }
  return value
}

export const environment = {
  /** Base URL of the plane under load. Read when a request is made: `inspect` needs no target. */
  targetUrl: (): string => required('MESHCERT_URL').replace(/\/$/, ''),
  /** Headers of a request with a JSON body; with a token where the target gives any. */
  jsonHeaders: (): Readonly<Record<string, string>> => {
    const token = __ENV.MESHCERT_TOKEN
    return { 'Content-Type': 'application/json', ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) }
  },
  /** Unlike any other run's against the same target: ids and addresses derive from it. */
  runKey: (): string => required('MESHCERT_RUN_KEY'),
  /** What is drawn is drawn from it; the generators of one load have the same. */
  seed: (): string => required('MESHCERT_SEED'),
  summaryFile: (): string => required('MESHCERT_SUMMARY'),
  /** Host ms before which no generator of a divided load starts; null where there is only one. */
  startAtMs: (): number | null => (__ENV.MESHCERT_START_MS === undefined ? null : Number(__ENV.MESHCERT_START_MS)),
}

/** Which part of the load this process offers: `2/3` is the second of three. */
export function shard(): Shard {
  const [number = 1, of = 1] = (__ENV.MESHCERT_SHARD ?? '1/1').split('/').map(Number)
  return { number, of }
}
