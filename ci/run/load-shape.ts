/** What a load shape of `sla.config.ts` must be like: types say which keys it has, this says which values make a load. */
import { z } from 'zod'
import { sla, type FailurePattern, type LoadShape, type PlanName } from '../../sla.config.ts'
import { planOf } from '../../chaos/failure-pattern.ts'
import { FaultStep } from '../../chaos/fault-plan.ts'
import { planRefusal } from '../../chaos/guards.ts'
import { randomFrom } from '../../suites/contract/random.ts'

const share = z.number().gt(0).max(1)
const several = z.int().min(2)
/** An effect is looked for so long at least: what is over before is not proven. */
const provableMs = 500
const partTolerance = 1e-6

const Course = z
  .strictObject({
    fromShare: z.number().min(0).max(1),
    stages: z.array(z.strictObject({ toShare: z.number().min(0).max(1), part: z.number().min(0).max(1) })).min(1),
  })
  .superRefine(({ fromShare, stages }, context) => {
    const length = stages.reduce((sum, { part }) => sum + part, 0)
    if (Math.abs(length - 1) > partTolerance)
      context.addIssue(`its stages take ${length} of the load's length: their parts must come to 1`)
    // A leap takes no time: what only lies between two of them is never offered.
    const held = stages.flatMap(({ toShare, part }, place) =>
      part > 0 ? [stages[place - 1]?.toShare ?? fromShare, toShare] : [],
    )
    const highest = Math.max(0, ...held)
    if (highest !== 1)
      context.addIssue(`its highest share is ${highest}: perMinute is the highest rate, so one must be 1`)
  })

const spans = { from: z.number().min(0).max(1), until: z.number().min(0).max(1) }
const fault = z.enum(['crash', 'pause', 'isolation'])
const together = z.literal('together')
const ofNodes = { ...spans, fault, share }
const CheckedPattern = z
  .union([
    z.strictObject({ ...ofNodes, pattern: together }),
    z.strictObject({ ...ofNodes, pattern: z.literal('cascade'), waves: several }),
    z.strictObject({ ...ofNodes, pattern: z.literal('rolling'), batches: several }),
    z.strictObject({ ...ofNodes, pattern: z.literal('flapping'), times: several }),
    z.strictObject({ ...spans, pattern: together, fault: z.literal('slow'), share, cpuShare: z.number().gt(0).lt(1) }),
    z.strictObject({ ...spans, pattern: together, fault: z.literal('partition'), groups: several }),
    z.strictObject({
      ...spans,
      pattern: z.literal('flapping'),
      fault: z.literal('partition'),
      groups: several,
      times: several,
    }),
  ])
  .refine(({ from, until }) => from < until, 'ends before it begins: from and until are parts of the length, in order')

const Checked = z.looseObject({
  perMinute: z.int().positive(),
  course: Course.optional(),
  generators: z.int().positive().optional(),
  mesh: z
    .strictObject({
      nodes: z.int().min(2),
      grownFrom: z.array(z.int().min(2)).optional(),
      timerProfile: z.enum(['fast-detect', 'high-rate']),
    })
    .refine(
      ({ nodes, grownFrom = [] }) => [...grownFrom, nodes].every((size, place, all) => size > (all[place - 1] ?? 0)),
      'a mesh only grows: its sizes must ascend to nodes',
    )
    .optional(),
  failures: z.array(CheckedPattern).optional(),
})

/** A second in which a generator has nothing to offer looks like one that is silent. */
function tooSlow({ perMinute, course, generators = 1 }: LoadShape): readonly string[] {
  if (course === undefined) return []
  const least = perMinute * Math.min(course.fromShare, ...course.stages.map(({ toShare }) => toShare))
  if (least >= 60 * generators) return []
  return [`course: falls to ${least} arrivals a minute; each of ${generators} generators must have one a second`]
}

/** Alerts of a target's events go to one address, and whoever listens there knows of its own events alone. */
const severalReceivers = ({ plane, generators = 1 }: LoadShape): readonly string[] =>
  plane === 'events' && generators > 1
    ? [`generators: a load of events has one receiver of its alerts, so one generator, which offers hundreds a second`]
    : []

/** Of a pattern's share at least one node for each of its waves or batches: what is drawn for more would strike more than the share. */
function emptyWaves(failures: readonly FailurePattern[], nodes: number): readonly string[] {
  return failures.flatMap((pattern, place) => {
    const groups = pattern.pattern === 'cascade' ? pattern.waves : pattern.pattern === 'rolling' ? pattern.batches : 0
    if (pattern.fault === 'partition' || groups <= Math.round(pattern.share * nodes)) return []
    const which = `failures.${place}: ${groups} ${pattern.pattern === 'cascade' ? 'waves' : 'batches'}`
    return [
      `${which} of ${Math.round(pattern.share * nodes)} of ${nodes} nodes, which is a share of ${pattern.share}: each must strike one`,
    ]
  })
}

/** A mesh can be split one way at a time: of two partitions at once the first to end would heal what the other says is split. */
function overlappingPartitions(failures: readonly FailurePattern[]): readonly string[] {
  const splits = failures.flatMap((pattern, place) => (pattern.fault === 'partition' ? [{ ...pattern, place }] : []))
  return splits.flatMap((one, index) =>
    splits
      .slice(index + 1)
      .filter((other) => one.from < other.until && other.from < one.until)
      .map((other) => `failures.${other.place}: a partition while that of failures.${one.place} is in force`),
  )
}

/** Whether a fault strikes somebody, and splits into groups that somebody is in. */
const isEmpty = ({ nodes, groups }: FaultStep['scope']): boolean =>
  nodes?.length === 0 || groups?.some((group) => group.length === 0) === true

/** Patterns as the steps that they would be, in each plan that runs the shape. */
function unfit(shape: LoadShape): readonly string[] {
  const { failures = [], mesh, seconds, plans = ['gate', 'quick', 'release'] } = shape
  if (failures.length === 0) return []
  if (mesh === undefined) return ['failures: the load forms no mesh whose nodes could fail; say mesh']
  const nodes = Array.from({ length: mesh.nodes }, (_, index) => `node-${index}`)
  const inPlan = (plan: PlanName): readonly string[] => {
    const steps = planOf(failures, { nodes, random: randomFrom('shape'), seconds: seconds[plan] })
    const wrong = steps.flatMap((step) => {
      if ((step.forMs ?? 0) < provableMs)
        return [`a ${step.fault} of ${step.forMs} ms is over before its effect can be seen, which takes ${provableMs}`]
      if (isEmpty(step.scope)) return [`a ${step.fault} of ${mesh.nodes} nodes strikes nobody, or has a group of none`]
      return FaultStep.safeParse(step).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
    })
    const refusal = planRefusal({ steps }, nodes)
    return [...wrong, ...(refusal === null ? [] : [refusal])].map((why) => `failures in plan ${plan}: ${why}`)
  }
  return [...emptyWaves(failures, mesh.nodes), ...overlappingPartitions(failures), ...plans.flatMap(inPlan)]
}

/** What is wrong with a shape, each with its key; empty for one that can be offered. */
export function shapeProblems(shape: LoadShape): readonly string[] {
  const read = Checked.safeParse(shape)
  if (!read.success) return read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  return [...tooSlow(shape), ...severalReceivers(shape), ...unfit(shape)]
}

/** Throws for shapes that are no loads, naming each wrong key, before anything is started. */
export function demandShapes(shapes: Readonly<Record<string, LoadShape>> = sla.loadShapes): void {
  const problems = Object.entries(shapes).flatMap(([name, shape]) =>
    shapeProblems(shape).map((problem) => `loadShapes.${name}.${problem}`),
  )
  if (problems.length > 0)
    throw new Error(`Correct these in sla.config.ts; nothing was started: ${problems.join('; ')}.`)
}
