/**
 * The load of this run, worked out once for all users of a generator. Each user is a JavaScript world of its own: with the
 * shared config in it, it takes 0.4 MB more, and 1,500 users of a burst leave the target no processor for their garbage.
 */
import { SharedArray } from 'k6/data'
import type { LoadShapeName } from '../sla.config.ts'
import { shard } from './environment.ts'
import type { RunSettings } from './run-settings.ts'
import { keepsConnections, partOf, scenarioOf, segmentOf } from './schedule.ts'
import type { Load } from './schedule.ts'
import { summaryTrendStats, thresholdsOf } from './thresholds.ts'

/** k6 has it while a script is loaded. */
declare const require: (path: string) => unknown

type SettingsModule = { readonly settingsOf: (shape: LoadShapeName) => RunSettings }

function settings(shape: LoadShapeName): RunSettings {
  // An import would load the shared config for every user; this runs for the first one.
  const load = (): RunSettings[] => [(require('./run-settings.ts') as SettingsModule).settingsOf(shape)]
  const [found] = new SharedArray(`settings of ${shape}`, load)
  if (found === undefined) throw new Error(`k6 keeps no settings of ${shape}: run it by the k6 that meshcert builds.`)
  return found
}

export const loadOfRun = (shape: LoadShapeName): Load => settings(shape).load

/** k6 options of a load, or of this process's part of it. Few system tags: each raw sample carries them. */
export const optionsOf = (load: Load, sampleShare: number) => ({
  ...segmentOf(shard()),
  scenarios: { [load.shape]: scenarioOf(load) },
  noVUConnectionReuse: !keepsConnections(load),
  thresholds: thresholdsOf(partOf(load, shard()), {
    sampleShare,
    maxGeneratorCores: settings(load.shape).maxGeneratorCores,
  }),
  summaryTrendStats,
  systemTags: ['scenario', 'status', 'error_code'],
  setupTimeout: '60s',
  teardownTimeout: `${Math.ceil(load.settleMs / 1_000) + 10}s`,
})
