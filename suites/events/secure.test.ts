import { requirement } from '../requirement.ts'
import { observeTokens } from './admission.ts'
import { observeListeners } from './listeners.ts'
import { observeSecrets } from './planted-secrets.ts'
import { observeLimits } from './request-limits.ts'

requirement(
  'EVT-SECURE',
  ['events', 'incidents', 'notifications', 'remediation', 'model', 'control'],
  async (scenario) => {
    await observeListeners(scenario)
    await observeTokens(scenario)
    await observeLimits(scenario)
    await observeSecrets(scenario)
  },
)
