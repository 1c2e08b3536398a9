/** The generator processes of a load: any number of supervised k6s that offer one schedule together. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PlanName } from '../../sla.config.ts'
import { partOf, type Load } from '../../k6/schedule.ts'
import type { Tool } from '../tools/finder.ts'
import type { LiveMerge } from './k6-live.ts'
import { K6End, K6Summary } from './k6-samples.ts'
import type { Warden } from './warden-client.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What k6 may take beside the load and its patience: reading the script, making users, setup, teardown. */
const overheadS = 60

export const deadlineS = (load: Load): number =>
  Math.ceil(load.seconds + (load.patienceMs + load.settleMs) / 1_000 + overheadS)

export type GeneratorOrder = {
  readonly tool: Tool
  readonly load: Load
  /** How many processes. */
  readonly generators: number
  readonly plan: PlanName
  readonly scale: number
  readonly url: string
  /** With which the generators ask; null as nobody. */
  readonly token: string | null
  readonly runKey: string
  /** From which the generators draw. */
  readonly seed: string
  readonly runDirectory: string
  /** Names files and logs: `LOAD-SPAWN@processes-0`. */
  readonly name: string
  /** Host ms at which the load starts, where several processes must start together. */
  readonly startAtMs: number | null
  readonly launch: Warden['launch']
  readonly live: LiveMerge
}

/** What one generator left behind. */
export type Generated = {
  readonly samplesFile: string
  /** Null where it wrote none. */
  readonly summary: K6Summary | null
  readonly end: K6End
  /** Of its log in the run's folder. */
  readonly logName: string
}

const suffix = ({ generators }: GeneratorOrder, number: number): string => (generators === 1 ? '' : `-${number}`)

function filesOf(order: GeneratorOrder, number: number) {
  const directory = join(order.runDirectory, 'k6')
  const path = join(directory, `${order.name}${suffix(order, number)}`)
  return {
    samples: `${path}.samples.json.gz`,
    summary: `${path}.summary.json`,
    config: join(directory, 'config.json'),
  }
}

/** Of all generators of a load: what a minute of it leaves, whatever the users. 72,000 identities are more than 1 GiB. */
const leastMiB = 2_048
/** A user has room for what lives of it, and half as much again. */
const userMiB = 0.75
const bareMiB = 256

/**
 * Go collects garbage when the heap has doubled, and each time one or two arrivals leave 15 to 25 ms
 * late (measured on 2 cores, 144 users): at 60 arrivals a second that alone is more than one in a
 * hundred. Here it waits for a limit of memory. What lives must stay well below it, or nothing but collecting is done: when 1,500 users
 * were 1.4 GiB, with a limit of 1 GiB they took both cores from the target at real-time priority.
 */
export const rareCollections = ({ vus }: Pick<Load, 'vus'>, generators: number) => ({
  GOGC: 'off',
  GOMEMLIMIT: `${Math.ceil(Math.max(leastMiB / generators, bareMiB + userMiB * vus))}MiB`,
})

/** k6 never runs without a deadline: the supervising process inside the binary kills it there, and the warden owns both. */
async function runOne(order: GeneratorOrder, number: number): Promise<Generated> {
  const { tool, load, launch, live } = order
  const files = filesOf(order, number)
  const settings = {
    MESHCERT_URL: order.url,
    MESHCERT_PLAN: order.plan,
    MESHCERT_SCALE: String(order.scale),
    MESHCERT_RUN_KEY: order.runKey,
    MESHCERT_SEED: order.seed,
    MESHCERT_SUMMARY: files.summary,
    MESHCERT_SHARD: `${number}/${order.generators}`,
    ...(order.startAtMs === null ? {} : { MESHCERT_START_MS: String(order.startAtMs) }),
  }
  const defined = Object.entries(settings).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  const script = join(root, 'k6', 'scenarios', `${load.shape}.ts`)
  const outputs = ['--config', files.config, '--out', `json=${files.samples}`, '--out', 'meshcert-live']
  const command = ['run', '--quiet', '--no-color', ...outputs, ...defined, script]
  const logName = `k6-${order.name}${suffix(order, number)}`
  const child = await launch(
    {
      name: logName,
      command: tool.path,
      cwd: root,
      args: ['supervise', '-deadline', `${deadlineS(load)}s`, '--', ...command],
      // Not among the arguments, which everybody on the machine may read.
      env: {
        ...rareCollections(partOf(load, { number, of: order.generators }), order.generators),
        ...(order.token === null ? {} : { MESHCERT_TOKEN: order.token }),
      },
    },
    (line) => live.take(number - 1, line),
  )
  try {
    const line = await child.line('ended ', (deadlineS(load) + 15) * 1_000)
    return {
      samplesFile: files.samples,
      summary: readSummary(files.summary),
      end: K6End.parse(JSON.parse(line)),
      logName,
    }
  } finally {
    await child.stop()
  }
}

/** Rejects only when all have ended: one that goes on would load the target under the row after this. */
export async function runGenerators(order: GeneratorOrder): Promise<readonly Generated[]> {
  const { config } = filesOf(order, 1)
  mkdirSync(dirname(config), { recursive: true })
  // Instead of a configuration that the user may have at home. Before all of them: one that starts reads an empty file while
  // it is written for the next, and at real-time priority it may keep the writer waiting for that long.
  writeFileSync(config, '{}\n')
  const running = Array.from({ length: order.generators }, (_, index) => runOne(order, index + 1))
  await Promise.allSettled(running)
  return Promise.all(running)
}

function readSummary(file: string): K6Summary | null {
  try {
    return K6Summary.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}
