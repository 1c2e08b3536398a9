import { loseReplicas } from '../event-replica-loss.ts'
import { requirement } from '../requirement.ts'

requirement('EVT-NOLOSS', ['events', 'control'], loseReplicas)
