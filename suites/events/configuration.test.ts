import { settingKeys, type SettingKey } from '../contract/configuration.ts'
import { requirement } from '../requirement.ts'
import { observeModel } from './changed-model.ts'
import { observePolicies } from './changed-policies.ts'
import { observeRates, rates } from './changed-rates.ts'
import { changed, observeChanged } from './changed-settings.ts'
import { observeAtLimits, observePromised, promisedButFor } from './promised-settings.ts'
import { observeRefusals } from './refused-settings.ts'
import { onTrial, type Alive } from './trial.ts'

requirement(
  'EVT-CONFIG',
  ['events', 'incidents', 'notifications', 'remediation', 'model', 'configuration', 'mesh'],
  async (scenario) => {
    const looked = new Map<SettingKey, boolean>()
    const alive: Alive = (key, what, holds, seen) => {
      looked.set(key, holds && looked.get(key) !== false)
      scenario.observe.check(`${key} is alive: ${what}`, holds, seen)
    }
    await observePromised(scenario)
    // Who starts with wrong settings has shown nothing by right ones.
    if (!(await observeRefusals(scenario))) return
    await onTrial(scenario, promisedButFor, (trial) => observeAtLimits(scenario, trial, alive))
    await onTrial(scenario, rates, (trial) => observeRates(scenario, trial, alive))
    await onTrial(scenario, changed, async (trial) => {
      await observePolicies(scenario, trial, alive)
      await observeChanged(scenario, trial, alive)
      await observeModel(scenario, trial, alive)
    })
    // A setting without effect is a violation whatever else was not looked at; nothing passes that was not.
    const unseen = settingKeys.filter((key) => !looked.has(key))
    if (unseen.length > 0 && [...looked.values()].every(Boolean))
      throw new Error(`Nothing was looked at that changes with ${unseen.join(', ')}.`)
  },
)
