import type { RunRow } from '../../suites/evidence/verdict.ts'
import type { Report, ReportRow } from './model.ts'

/** CTRF has no word for doubt: INCONCLUSIVE is failed there, so that no dashboard shows it green. */
const statuses: Readonly<Record<RunRow['verdict'], 'passed' | 'failed' | 'skipped' | 'other'>> = {
  PASS: 'passed',
  FAIL: 'failed',
  INCONCLUSIVE: 'failed',
  EXEMPT: 'other',
  'NOT-APPLICABLE': 'skipped',
}

function testOf({ row, tookMs, seeds }: ReportRow) {
  const { id, tier, verdict, reason, scope, n, observed, limit, unit, interval, replay } = row
  return {
    name: id,
    status: statuses[verdict],
    duration: Math.round(tookMs),
    message: reason,
    rawStatus: verdict,
    suite: [tier],
    extra: { scope, n, observed, limit, unit, interval, seeds, replay },
  }
}

/** Common Test Report Format (ctrf.io). A run that is red though none of its rows is gets a test of its own that says so. */
export function renderCtrf({ document, plan, rows }: Report): string {
  const start = Date.parse(plan.startedAt)
  const took = rows.reduce((sum, { tookMs }) => sum + tookMs, 0)
  const judged = rows.map(testOf)
  const silent = document.exitCode !== 0 && !judged.some(({ status }) => status === 'failed')
  const message = [document.verdict, ...document.notes].join('; ')
  const whole = { name: 'run', status: 'failed' as const, duration: 0, message, rawStatus: document.verdict }
  const tests = silent ? [...judged, whole] : judged
  const count = (status: string) => tests.filter((test) => test.status === status).length
  const report = {
    reportFormat: 'CTRF',
    specVersion: '0.0.0',
    generatedBy: 'meshcert',
    timestamp: plan.startedAt,
    results: {
      tool: { name: 'meshcert', version: document.versions.suite },
      summary: {
        tests: tests.length,
        passed: count('passed'),
        failed: count('failed'),
        skipped: count('skipped'),
        pending: 0,
        other: count('other'),
        start,
        stop: start + Math.round(took),
      },
      tests,
      environment: { appName: document.target.name, appVersion: document.target.version, testEnvironment: plan.plan },
      extra: { run: document.run, seed: document.seed, verdict: document.verdict, exitCode: document.exitCode },
    },
  }
  return `${JSON.stringify(report, null, 2)}\n`
}
