/** EVT-STEADY: 5,000 events a minute, nothing may fail. */
import { eventScenario } from '../events.ts'
import { writeSummary } from '../summary.ts'

const { options, setup, arrive, teardown } = eventScenario('events-steady', { mayFail: false, tries: 1 })

export { options, setup, teardown }
export default arrive
export const handleSummary = writeSummary
