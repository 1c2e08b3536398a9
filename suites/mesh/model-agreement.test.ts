import { requirement } from '../requirement.ts'
import { measureAgreement } from './model-agreement.ts'

requirement('LOAD-MODEL-a', ['mesh'], async (scenario) => {
  await measureAgreement(scenario, { nodes: 100, profile: null, windowMs: 10_000 })
})
