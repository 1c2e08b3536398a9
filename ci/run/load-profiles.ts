/** Profiles the processes of a role while a load runs: files of the evidence, each checked to say something. */
import { setTimeout as delay } from 'node:timers/promises'
import type { LoadShapeName } from '../../sla.config.ts'
import type { Target } from '../../suites/contract/target.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { observeProfiles } from '../../suites/load/profiles.ts'

/** In parts of the load: well after its start, and over before its end. Faults of a load are over by then. */
const from = 0.6
const share = 0.2
const longestMs = 5_000

type Order = {
  readonly shape: LoadShapeName
  readonly role: string
  readonly seconds: number
  /** Host ms at which the load starts. */
  readonly startAtMs: number
  readonly target: Target
  readonly observe: Observe
}

export async function profileLoad({ shape, role, seconds, startAtMs, target, observe }: Order): Promise<void> {
  const { control, clock } = target
  const forMs = Math.min(longestMs, share * seconds * 1_000)
  await delay(Math.max(0, startAtMs + from * seconds * 1_000 - clock.nowMs()))
  const told = await control?.components({})
  const components = told?.ok === true ? told.value.filter((one) => one.role === role && one.state === 'up') : []
  observe.check(`processes are told at ${shape}`, components.length > 0, 'none')
  const answer = await control?.processProfiles({ role, forMs })
  const profiles = answer?.ok === true ? answer.value : []
  const why = answer?.ok === false ? answer.error : 'the target has no control plane'
  observe.check(`profiles are told at ${shape}`, profiles.length > 0, why)
  observeProfiles(observe, profiles, { where: shape, instances: components.map(({ instance }) => instance), forMs })
}
