import { requirement } from '../requirement.ts'
import { watchCycles } from './cycle-watch.ts'

requirement('SLA-MAPEK', ['healing'], watchCycles)
