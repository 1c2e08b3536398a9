import { configurationRoutes } from './configuration.ts'
import { controlRoutes } from './control.ts'
import { cryptoRoutes } from './crypto.ts'
import { eventsRoutes } from './events.ts'
import { healingRoutes } from './healing.ts'
import { identityRoutes } from './identity.ts'
import { incidentsRoutes } from './incidents.ts'
import { learningRoutes } from './learning.ts'
import { meshRoutes } from './mesh.ts'
import { modelRoutes } from './model.ts'
import { notificationsRoutes } from './notifications.ts'
import { remediationRoutes } from './remediation.ts'
import type { Capability, Routes } from './route.ts'

/** The one route table: server, typed client and OpenAPI document derive from it. */
export const routes = {
  control: controlRoutes,
  mesh: meshRoutes,
  crypto: cryptoRoutes,
  identity: identityRoutes,
  healing: healingRoutes,
  learning: learningRoutes,
  events: eventsRoutes,
  incidents: incidentsRoutes,
  notifications: notificationsRoutes,
  remediation: remediationRoutes,
  model: modelRoutes,
  configuration: configurationRoutes,
} as const satisfies Record<Capability, Routes>
