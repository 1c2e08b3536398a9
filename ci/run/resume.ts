/** Going on with a run whose runner died: what was recorded stays, the rest is run under the same plan. */
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { forgetEnding } from '../../chaos/ending.ts'
import { sla } from '../../sla.config.ts'
import { firstDifference } from '../bundle/verification.ts'
import { counted } from '../verdict/figures.ts'
import { createPlan, Plan } from '../verdict/plan.ts'
import { isRecorded } from './row-recorder.ts'
import { resolveRun } from './run-directory.ts'
import { exitCodes, messageOf, Stop } from './stop.ts'

export type CutOff = { readonly plan: Plan; readonly directory: string }

/** A run that has a plan and no conclusion. */
export function readCutOff(root: string, run: string): CutOff {
  // `latest` is a link, and about to point elsewhere.
  const directory = realpathSync(resolveRun(root, run))
  const told = `npx meshcert report ${basename(directory)}`
  if (existsSync(join(directory, 'verdict.json')))
    throw new Stop(exitCodes.usage, `${run} came to its end, nothing is left to run: see it with ${told}.`)
  try {
    return { plan: Plan.parse(JSON.parse(readFileSync(join(directory, 'plan.json'), 'utf8'))), directory }
  } catch (error) {
    throw new Stop(exitCodes.nonConformant, `${run} has no usable plan.json: ${messageOf(error)}. Run it anew.`)
  }
}

/**
 * Evidence is bound to its plan by digest, and the plan to what it was made from. So the run goes on only where this
 * checkout would still make the same plan; what differs is named.
 */
export function checkStanding(
  { plan, directory }: CutOff,
  now: Pick<Plan, 'versions' | 'inputs' | 'exemptions'>,
): void {
  const { stageConfidence: confidence, escalation } = sla.plans[plan.plan]
  let path: string | null
  try {
    path = firstDifference(plan, createPlan({ ...plan, confidence, escalation, ...now }))
  } catch (error) {
    path = messageOf(error)
  }
  if (path === null) return
  throw new Stop(
    exitCodes.usage,
    `${basename(directory)} can't go on: its plan is not the one that this checkout would make, at ${path}. Check out what it began with, or run it anew.`,
  )
}

/** Files of an attempt that was never recorded: another attempt writes its own, and evidence is written over by nobody. */
function setAside(directory: string): number {
  const aside = join(directory, 'logs', 'broken-off')
  let moved = 0
  for (const folder of ['records', 'histories', 'files', 'k6']) {
    if (!existsSync(join(directory, folder))) continue
    for (const file of readdirSync(join(directory, folder))) {
      const [, attempt] = /^([^@]+@[a-z]+-[01])[-.]/.exec(file) ?? []
      const isWhole = attempt === undefined || existsSync(join(directory, 'records', `${attempt}.json`))
      if (isWhole && !file.endsWith('.part')) continue
      mkdirSync(aside, { recursive: true })
      moved += 1
      renameSync(join(directory, folder, file), join(aside, `${moved}-${file}`))
    }
  }
  return moved
}

const Environment = z.looseObject({ resumedAt: z.array(z.string()).default([]) })

/** Makes a cut-off run ready to go on, and notes in its environment that it did. Answers what to tell the user. */
export function goOn(directory: string, plan: Plan, now: Date = new Date()): string {
  forgetEnding(directory)
  const file = join(directory, 'environment.json')
  const known = Environment.parse(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {})
  writeFileSync(file, JSON.stringify({ ...known, resumedAt: [...known.resumedAt, now.toISOString()] }, null, 2))
  const moved = setAside(directory)
  const recorded = plan.rows.filter((row) => isRecorded(directory, { row, stage: 0 })).length
  const aside = moved === 0 ? '' : `; ${counted(moved, 'file')} of attempts that were broken off put aside`
  return `goes on: ${counted(recorded, 'row')} of ${plan.rows.length} recorded${aside}`
}
