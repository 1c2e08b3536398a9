import { requirement } from '../requirement.ts'
import { walkIncidents } from './incident-walks.ts'

requirement('EVT-INCIDENT', ['events', 'incidents'], walkIncidents)
