import { test } from 'vitest'
import type { PlanName, Tier } from '../sla.config.ts'
import type { Capability } from './contract/route.ts'
import type { Random } from './contract/random.ts'
import type { Target } from './contract/target.ts'
import type { Observe } from './evidence/recorder.ts'
import type { RequirementId } from './requirements/index.ts'

/** A plane that the requirement needs is present: `needs` was checked before the body ran. */
export type TargetWith<Needs extends Capability> = Target & { readonly [C in Needs]-?: NonNullable<Target[C]> }

/** What a body gets. It drives and observes; it does not compare, the judge does. */
export type Scenario<Needs extends Capability = Capability> = {
  readonly target: TargetWith<Needs>
  readonly tier: Tier
  /** What the run does: how long faults last and how large meshes are follows from it (`chaos/extent.ts`). */
  readonly plan: PlanName
  /** What the row is labelled in the evidence: *compressed* where it takes less than the whole promise. */
  readonly scope: 'full' | 'compressed'
  /** 0 at first, 1 in the declared escalation. */
  readonly stage: 0 | 1
  /** Multiplies sample counts and durations: 1 at first, the plan's factor in the escalation. */
  readonly scale: number
  /** How often a fault is repeated in this plan on this tier. */
  readonly repeats: number
  readonly seed: string
  readonly random: Random
  readonly observe: Observe
  /** A fresh world of its own (simulation), or the started target again (live tiers); closed by the runner. */
  readonly connect: (seed: string) => Promise<TargetWith<Needs>>
  /**
   * Of many small simulated worlds one: the body closes it, and its event log is the body's to tell of. On live tiers as
   * `connect`.
   */
  readonly connectBriefly: (seed: string, world: { readonly nodes: number }) => Promise<TargetWith<Needs>>
  /**
   * A process of its own, to be killed: another runner of the same live target; in simulation one with a world of its own,
   * which nothing else takes memory beside. Null where no run could start one.
   */
  readonly apart: ((part: Part) => Promise<Apart>) | null
  /** Marks the stretch in which samples are taken: what others take of the machine meanwhile is watched and recorded. */
  readonly measuring: <T>(work: () => Promise<T>) => Promise<T>
  readonly log: (line: string) => void
  /** Tells whoever waits for a long scenario how much of it is done; it is shown now and then. */
  readonly progress: (done: number, of: number) => void
  /**
   * All that this run has written down so far: what the target's processes logged, and the evidence. Large files come in
   * pieces that overlap by 4 KiB; null is what can't be read of a file.
   */
  readonly written: () => AsyncIterable<{ readonly name: string; readonly bytes: Uint8Array | null }>
}

/** What a process apart does: the file of a module that exports `part`, and what it is told, as JSON. */
export type Part = {
  readonly module: string
  readonly input: unknown
  /** Size of the mesh of a simulated world; the target's own choice unless given. */
  readonly nodes?: number
}
/** What that module exports. It goes on until it is killed, or whoever started it is gone. */
export type PartBody = (around: {
  readonly target: Target
  readonly input: unknown
  readonly tell: (line: string) => void
}) => Promise<void>
export type Apart = {
  readonly pid: number
  /** The next line that it tells. Rejects with its last words when it ends before. */
  readonly line: () => Promise<string>
  /** SIGKILL; resolves once the process is gone, with what ended it. */
  readonly kill: () => Promise<string>
  /** What it has left behind, now that it is gone: processes that it started, and temporary files, which are removed. */
  readonly sweep: () => readonly string[]
}

export type Body = (scenario: Scenario) => Promise<void>

/** Installed by the run's Vitest setup file. */
export type Runtime = {
  /** Tiers on which this run judges the requirement, by its plan; empty when it is not part of the run. */
  readonly tiersOf: (id: RequirementId) => readonly Tier[]
  /** Runs the body, records, judges, escalates once if declared; throws an error that tells the verdict unless it is PASS, EXEMPT or NOT-APPLICABLE. */
  readonly run: (claim: {
    id: RequirementId
    tier: Tier
    needs: readonly Capability[]
    body: Body
  }) => Promise<{ readonly notApplicable: string | null }>
  /** Longest time one requirement may take, escalation included. */
  readonly timeoutMs: number
}

const slot = Symbol.for('meshcert/runtime')

export function installRuntime(runtime: Runtime): void {
  Reflect.set(globalThis, slot, runtime)
}

function runtime(): Runtime {
  const installed: Runtime | undefined = Reflect.get(globalThis, slot)
  if (installed === undefined) {
    throw new Error(
      'No run is installed: suites run through `npx meshcert gate` or `certify`, which start the target and judge what is observed.',
    )
  }
  return installed
}

/**
 * Claims a requirement of the catalogue on every tier where it must hold: one Vitest test per tier
 * of the run's plan. `needs` names the planes that the body uses; on a target that does not declare
 * one of them a row of optional planes is NOT-APPLICABLE, any other FAIL.
 */
export function requirement<const Needs extends Capability>(
  id: RequirementId,
  needs: readonly Needs[],
  body: (scenario: Scenario<Needs>) => Promise<void>,
): void {
  const installed = runtime()
  for (const tier of installed.tiersOf(id)) {
    test(`${id} (${tier})`, { timeout: installed.timeoutMs }, async (context) => {
      // The runner checks `needs` against the declared capabilities before it calls the body.
      const { notApplicable } = await installed.run({ id, tier, needs, body: body as unknown as Body })
      if (notApplicable !== null) context.skip(notApplicable)
    })
  }
}
