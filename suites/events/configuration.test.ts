import { settingKeys, type SettingKey } from '../contract/configuration.ts'
import { requirement } from '../requirement.ts'
import { observeModel } from './changed-model.ts'
import { observeRates, rates } from './changed-rates.ts'
import { changed, observeChanged } from './changed-settings.ts'
import { observeAtLimits, observePromised, promisedButFor } from './promised-settings.ts'
import { observeRefusals } from './refused-settings.ts'
import { onTrial, type Alive } from './trial.ts'

/** It needs a mesh to act in: EVT-REMEDIATE-b shows ten at once. */
const shownElsewhere: readonly SettingKey[] = ['remediation.concurrentMax']

requirement(
  'EVT-CONFIG',
  ['events', 'incidents', 'notifications', 'remediation', 'model', 'configuration'],
  async (scenario) => {
    const seenAlive = new Set<SettingKey>(shownElsewhere)
    const alive: Alive = (key, what, holds, seen) => {
      seenAlive.add(key)
      scenario.observe.check(`${key} is alive: ${what}`, holds, seen)
    }
    await observePromised(scenario)
    // Who starts with wrong settings has shown nothing by right ones.
    if (!(await observeRefusals(scenario))) return
    await onTrial(scenario, promisedButFor, (trial) => observeAtLimits(scenario, trial, alive))
    await onTrial(scenario, rates, (trial) => observeRates(scenario, trial, alive))
    await onTrial(scenario, changed, async (trial) => {
      await observeChanged(scenario, trial, alive)
      await observeModel(scenario, trial, alive)
    })
    const unseen = settingKeys.filter((key) => !seenAlive.has(key))
    if (unseen.length > 0) throw new Error(`Nothing was looked at that changes with ${unseen.join(', ')}.`)
  },
)
