/** EVT-FAILOVER: 5,000 events a minute while one of three replicas is killed; a failed request is tried once more. */
import { eventScenario } from '../events.ts'
import { writeSummary } from '../summary.ts'

const { options, setup, arrive, teardown } = eventScenario('events-failover', { mayFail: true, tries: 2 })

export { options, setup, teardown }
export default arrive
export const handleSummary = writeSummary
