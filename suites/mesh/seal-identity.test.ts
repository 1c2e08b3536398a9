import { requirement } from '../requirement.ts'
import { watchSealedIdentity } from './sealed-identity.ts'

requirement('MESH-SEAL-c', ['identity'], async (scenario) => {
  const examine = await watchSealedIdentity(scenario)
  examine()
})
