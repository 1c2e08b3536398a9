/** LOAD-SPAWN: signing peers whose batches come in growing stages, while nodes are lost in waves and restarted in turn. */
import { peerScenario } from '../peers.ts'
import { writeSummary } from '../summary.ts'

const { options, setup, arrive, teardown } = peerScenario('mesh-peers-stages')

export { options, setup, teardown }
export default arrive
export const handleSummary = writeSummary
