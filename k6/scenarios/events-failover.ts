/** EVT-FAILOVER: 5,000 events a minute while one of three replicas is killed; a failed request is tried once more. */
import { eventScenario } from '../events.ts'
import { writeSummary } from '../summary.ts'

export const { options, setup, arrive, teardown } = eventScenario('events-failover', { mayFail: true, tries: 2 })

export default arrive
export const handleSummary = writeSummary
