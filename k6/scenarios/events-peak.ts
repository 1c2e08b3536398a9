/** EVT-PEAK: 15,000 events a minute; what fails is counted (EVT-ERRORS). */
import { eventScenario } from '../events.ts'
import { writeSummary } from '../summary.ts'

const { options, setup, arrive, teardown } = eventScenario('events-peak', { mayFail: true, tries: 1 })

export { options, setup, teardown }
export default arrive
export const handleSummary = writeSummary
