import { requirement } from '../requirement.ts'
import { measureRounds } from './baseline-rounds.ts'

requirement('LOAD-BASELINE', ['mesh'], measureRounds)
