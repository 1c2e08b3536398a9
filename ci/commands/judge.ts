import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { openRun } from '../bundle/open-run.ts'
import { readRun } from '../bundle/statements.ts'
import { damaged } from '../run/run-document.ts'
import { exitCodes, messageOf, Stop } from '../run/stop.ts'
import { figure, percent } from '../verdict/figures.ts'
import { headroomOfRun, type Headroom } from '../verdict/headroom.ts'
import { ObjectiveData, type Promises } from '../verdict/promises.ts'
import { concludeRun } from '../verdict/run-verdict.ts'

export type JudgeOptions = {
  readonly root: string
  /** A run or a bundle. */
  readonly run: string
  /** Another `sla.config.ts`; without it, the promises in force when the run began. */
  readonly sla?: string
  readonly json?: boolean
}

const Config = z.object({ sla: z.object({ objectives: z.record(z.string(), ObjectiveData) }) })

/** The objectives of another config, in place of those that the run's rows cite. */
async function withLimitsOf(file: string, promises: Promises): Promise<Promises> {
  let loaded: unknown
  try {
    loaded = await import(pathToFileURL(resolve(file)).href)
  } catch (error) {
    throw new Stop(exitCodes.usage, `${file} can't be loaded: ${messageOf(error)}`)
  }
  const config = Config.safeParse(loaded)
  if (!config.success) {
    throw new Stop(exitCodes.usage, `${file} exports no usable \`sla.objectives\`: ${z.prettifyError(config.error)}`)
  }
  return { rows: promises.rows, objectives: config.data.sla.objectives }
}

function room({ kind, limit, tightest, unit, room: share }: Headroom): string {
  if (kind === 'invariant') return 'no limit to tighten'
  if (limit === null || tightest === null) return 'too little was observed for any limit'
  const change = share === null ? '' : ` (${share < 0 ? `missed by ${percent(-share)}` : `${percent(share)} of room`})`
  return `limit ${figure(limit)} ${unit}, tightest that passes at 95 %: ${figure(tightest)} ${unit}${change}`
}

/** Judges a run's stored observations again, by its own limits or any others. Returns the exit code that the run would have had. */
export async function judgeRun(options: JudgeOptions): Promise<number> {
  const files = await openRun(options.root, options.run)
  let stored: ReturnType<typeof readRun>
  try {
    stored = readRun(files)
  } catch (error) {
    throw damaged(options.run, error)
  }
  const { plan } = stored
  const promises = options.sla === undefined ? plan.promises : await withLimitsOf(options.sla, plan.promises)
  const document = concludeRun({ ...stored, promises })
  const headroom = headroomOfRun(plan, stored.stored, promises)
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ schema: 'meshcert/judgement/v1', document, headroom })}\n`)
    return document.exitCode
  }
  const lines = document.requirements.flatMap(({ id, tier, verdict, reason }) => [
    `${verdict} ${id} on ${tier}: ${reason}`,
    ...headroom
      .filter((row) => row.id === id && row.tier === tier && row.kind !== 'invariant')
      .map((row) => `  ${row.objective}: ${room(row)}`),
  ])
  const by = options.sla === undefined ? 'the limits of the run' : options.sla
  process.stdout.write([...lines, `${document.verdict} by ${by}`, ...document.notes, ''].join('\n'))
  return document.exitCode
}
