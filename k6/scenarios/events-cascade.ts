/** EVT-CASCADE: 5,000 events a minute while all three replicas are killed, two at once and the third when one is back; a failed request is tried once more. */
import { eventScenario } from '../events.ts'
import { writeSummary } from '../summary.ts'

const { options, setup, arrive, teardown } = eventScenario('events-cascade', { mayFail: true, tries: 2 })

export { options, setup, teardown }
export default arrive
export const handleSummary = writeSummary
