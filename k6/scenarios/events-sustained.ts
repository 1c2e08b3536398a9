/** EVT-SUSTAINED: 10,000 events a minute for an hour, nothing may fail or grow. */
import { eventScenario } from '../events.ts'
import { writeSummary } from '../summary.ts'

const { options, setup, arrive, teardown } = eventScenario('events-sustained', { mayFail: false, tries: 1 })

export { options, setup, teardown }
export default arrive
export const handleSummary = writeSummary
