import { requirement } from '../requirement.ts'
import { leaveTrail, readTrail } from './audit-trail.ts'

requirement('EVT-AUDIT', ['events'], async (scenario) => {
  await leaveTrail(scenario)
  await readTrail(scenario)
})
