import { requirement } from '../requirement.ts'
import { measureAgreement, modelMesh, observeOrder, type ModelSize } from './model-agreement.ts'

// The profiles of the load rows: a hundred nodes under the timers that the target starts with, more under high-rate.
const hundred: ModelSize = { nodes: 100, profile: null, windowMs: 10_000 }
const fiveHundred: ModelSize = { nodes: 500, profile: 'high-rate', windowMs: 4_000 }
const thousand: ModelSize = { nodes: 1_000, profile: 'high-rate', windowMs: 2_000 }

requirement('LOAD-MODEL-a', ['mesh'], async (scenario) => {
  await measureAgreement(scenario, hundred)
})

requirement('LOAD-MODEL-b', ['mesh'], async (scenario) => {
  await measureAgreement(scenario, fiveHundred)
})

requirement('LOAD-MODEL-c', ['mesh'], async (scenario) => {
  const scales = [
    await modelMesh(scenario, hundred),
    await modelMesh(scenario, fiveHundred),
    await measureAgreement(scenario, thousand),
  ]
  observeOrder(scenario.observe, scales)
})
