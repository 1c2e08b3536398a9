import { sla, type Plane } from '../sla.config.ts'
import type { Rule, RuleGroup } from './burn-rate.ts'
import { alertingSlos, counterOf, objectiveEntries, pascal, runbookName } from './slo.ts'

const runbook = (alert: string): string => `docs/runbooks/${runbookName(alert)}.md`

/** Invariants of a plane that a target counts violations of. */
export const countedInvariants = (plane: Plane) =>
  objectiveEntries.flatMap(([id, objective]) =>
    objective.kind === 'invariant' && objective.plane === plane && objective.metric !== null
      ? [{ id, title: objective.title, severity: objective.severity, metric: counterOf(id, objective.metric).name }]
      : [],
  )

/** Zero budget: one violation fires. A series born with a violation has no increase, so its birth counts too. */
function violationRules(plane: Plane): readonly Rule[] {
  return countedInvariants(plane).map(({ id, title, severity, metric }) => {
    const alert = `${pascal(id)}Violated`
    return {
      alert,
      expr: `sum(increase(${metric}[5m])) > 0\nor sum(${metric} unless ${metric} offset 5m) > 0`,
      labels: { severity, objective: id, plane },
      annotations: {
        summary: `Broken: ${title}`,
        description: '{{ $value | humanize }} violations in the last 5 minutes; the promise allows none.',
        runbook_url: runbook(alert),
      },
    }
  })
}

/**
 * Series that an alert of the plane stands on. One with labels is born with its first count, so its
 * absence says nothing before that: those are left out.
 */
export function watchedSeries(plane: Plane): readonly string[] {
  const fromSlos = alertingSlos.filter((slo) => slo.plane === plane).map(({ source }) => source)
  const fromInvariants = countedInvariants(plane).map(({ metric }) => metric)
  const labelled = (source: string): boolean => !source.endsWith('_count') && counterOf(plane, source).labels.length > 0
  return [...new Set([...fromSlos, ...fromInvariants])].filter((source) => !labelled(source))
}

function absentRules(plane: Plane): readonly Rule[] {
  return watchedSeries(plane).map((series) => ({
    alert: 'SeriesAbsent',
    expr: `absent(${series})`,
    for: `${sla.alerting.absentMin}m`,
    labels: { severity: 'warning', series, plane },
    annotations: {
      summary: 'A series that alerts stand on is gone',
      description: `Nothing exports ${series}: its alerts can't fire, whatever happens.`,
      runbook_url: runbook('SeriesAbsent'),
    },
  }))
}

/** Alerts of a plane on broken invariants and on missing series. */
export function violationGroups(plane: Plane): readonly RuleGroup[] {
  const groups = [
    { name: `${plane}-invariants`, rules: violationRules(plane) },
    { name: `${plane}-absence`, rules: absentRules(plane) },
  ]
  return groups.filter(({ rules }) => rules.length > 0)
}
