import { requirement } from '../requirement.ts'
import { rollOverAll } from './whole-roll-over.ts'

requirement('ID-BUNDLE', ['identity'], rollOverAll)
