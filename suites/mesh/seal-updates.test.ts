import { requirement } from '../requirement.ts'
import { watchSealedUpdates } from './sealed-updates.ts'

requirement('MESH-SEAL-b', ['learning'], async (scenario) => {
  const examine = await watchSealedUpdates(scenario)
  examine()
})
