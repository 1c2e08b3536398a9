/** LOAD-SPAWN: signing peers of three generators at a constant rate, while nodes crash. */
import { peerScenario } from '../peers.ts'
import { writeSummary } from '../summary.ts'

const { options, setup, arrive, teardown } = peerScenario('mesh-peers')

export { options, setup, teardown }
export default arrive
export const handleSummary = writeSummary
