import { requirement } from '../requirement.ts'
import { watchSealedUpdates } from './sealed-updates.ts'

requirement('MESH-SEAL-b', ['learning'], watchSealedUpdates)
