import { requirement } from '../requirement.ts'
import { driveRounds } from './whole-rounds.ts'

requirement('FL-ROUND', ['learning'], driveRounds)
