import type { MeshStatus } from '../contract/mesh.ts'
import type { Premise } from '../evidence/record.ts'
import { renewal, type LiveBaseline } from './live-baseline.ts'

/** What a simulated target tells of itself that a live baseline is compared by; absent where it tells nothing. */
export type Modelled = {
  readonly timerProfile: MeshStatus['timerProfile']
  /** Of which the cost model is. */
  readonly costMachine: string | undefined
  readonly meshSources: string | undefined
}

const told = (value: string | undefined): string => value ?? 'none told'

/**
 * Whether live runs speak of the mesh that is modelled. Other timers or another class of machine make the comparison void,
 * always. Other sources of the mesh may make it void, and most changes of them do not: the short runs of a merge state it and go on,
 * a run in full scope, which can certify, demands a baseline of the very sources. The same goes for one that is
 * provisional.
 */
export function baselinePremises(
  modelled: Modelled,
  { baseline, scope }: { readonly baseline: LiveBaseline; readonly scope: 'full' | 'compressed' },
): readonly Premise[] {
  const { recordedAt, machine, meshSources, provisional, timerProfiles } = baseline
  const { name } = modelled.timerProfile
  const recorded = timerProfiles.find((profile) => profile.name === name)
  const hasTimers = recorded !== undefined && timersOf(recorded) === timersOf(modelled.timerProfile)
  const remedy = `renew it: ${renewal}`
  const stated = scope === 'full' ? 0 : 1
  const premise = (claim: Premise['claim'], unit: string, holds: boolean, detail: string, limit = 0): Premise => ({
    claim,
    measured: holds ? 0 : 1,
    limit,
    unit,
    noise: false,
    detail: holds ? detail : `${detail}; ${remedy}`,
  })
  return [
    premise('same timers', 'live baselines under other timers', hasTimers, `modelled under ${name}`),
    premise(
      'same class of machine',
      'cost models of another machine',
      modelled.costMachine === machine,
      `live runs on ${machine}, cost model of ${told(modelled.costMachine)}`,
    ),
    premise(
      'live runs of these sources',
      'baselines of other sources',
      modelled.meshSources === meshSources,
      `recorded at ${recordedAt} of mesh sources ${meshSources}, today's are ${told(modelled.meshSources)}`,
      stated,
    ),
    premise(
      'live runs at rest',
      'provisional baselines',
      !provisional,
      `${provisional ? 'provisional, ' : ''}recorded at ${recordedAt}`,
      stated,
    ),
  ]
}

const timersOf = (profile: MeshStatus['timerProfile']): string =>
  JSON.stringify(Object.entries(profile).toSorted(([one], [other]) => (one < other ? -1 : 1)))
