/** LOAD-SPAWN: signing peers whose batches come in a spike, while nodes are cut off again and again and the mesh falls into halves. */
import { peerScenario } from '../peers.ts'
import { writeSummary } from '../summary.ts'

const { options, setup, arrive, teardown } = peerScenario('mesh-peers-spike')

export { options, setup, teardown }
export default arrive
export const handleSummary = writeSummary
