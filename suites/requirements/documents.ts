import { S, rowsOf } from './requirement-row.ts'

/** Section 8: each document exists, every command in it is run by a test, every figure resolves to an evidence digest. */
const row = rowsOf({ source: 'P5 and P6 documents', subject: 'document', profiles: [], capabilities: [] })

export const documentRows = [
  row('DOC-LOAD', 'load-testing specification and report (degradation analysis, scaling recommendations)', 'holds', [
    S,
  ]),
  row('DOC-FL', 'orchestrator specification, scaling guide for 1,000+ nodes, pattern examples that run', 'holds', [S]),
  row('DOC-CHAOS', 'chaos framework and results', 'holds', [S]),
  row('DOC-SLA', 'SLA specification', 'holds', [S]),
  row('DOC-MONITOR', 'monitoring guide', 'holds', [S]),
  row('DOC-DEPLOY', 'deployment: prerequisites, steps, verification checklist', 'holds', [S]),
  row('DOC-CONFIG', 'configuration guide', 'holds', [S]),
  row('DOC-RUNBOOK', 'daily operations, emergencies, escalation', 'holds', [S]),
  row('DOC-TROUBLE', 'troubleshooting', 'holds', [S]),
  row('DOC-DR', 'backup, restore, RTO/RPO, drill schedule', 'holds', [S]),
  row('DOC-TUNE', 'bottlenecks, resources, queries', 'holds', [S]),
  row('DOC-SCALE', 'scaling guide', 'holds', [S]),
] as const
