import { describe, expect, test } from 'vitest'
import { sla, type Objective } from '../sla.config.ts'
import { firingTiers } from './burn-model.ts'
import { burnRateGroups, leastTraffic, reachable, responseChainS, windowName } from './burn-rate.ts'
import { caseFiles } from './case-files.ts'
import { alertRules, ruleFiles, yamlText } from './rule-files.ts'
import { alertingSlos, edgeMatcher, mostPerMinute, runbookName, sloOf } from './slo.ts'

const objective = {
  kind: 'latency',
  plane: 'mesh',
  title: 'try-out',
  metric: 'mesh_beacon_latency_seconds',
  quantile: 0.99,
  limit: 100,
  unit: 'ms',
  severity: 'critical',
} as const satisfies Objective

const tiers = sla.burnRate.tiers
const slo = sloOf('try-out', objective)
if (slo === null) throw new Error('the try-out has a series')

describe('service level objectives', () => {
  test('refuse a limit without a bucket edge and a series that the registry lacks', () => {
    expect(() => sloOf('x', { ...objective, limit: 99 })).toThrow('no edge at 0.099 s')
    expect(() => sloOf('x', { ...objective, metric: 'mesh_beacon_latency_ms' })).toThrow('add it there')
    expect(() => sloOf('x', { ...objective, metric: 'mesh_nodes' })).toThrow('no histogram')
  })

  test('match an edge in both spellings that exporters and Prometheus use', () => {
    expect(edgeMatcher(1)).toBe('le=~"1(\\\\.0)?"')
    expect(edgeMatcher(0.25)).toBe('le="0.25"')
    expect(edgeMatcher(0.00002)).toBe('le=~"0\\\\.00002|2e-05"')
  })

  test('mean a promised rate at what five minutes of such arrivals show, but for one window in 740', () => {
    for (const promised of [10_000, 25_000]) {
      const mean = 5 * promised
      // Poisson probabilities of n arrivals, from the mean upwards by their ratio.
      let logMass = -0.5 * Math.log(2 * Math.PI * mean)
      let above = 0
      for (let n = mean; n < mean * 1.05; n += 1) {
        if (n > 5 * mostPerMinute(promised)) above += Math.exp(logMass)
        logMass += Math.log(mean / (n + 1))
      }
      expect(1 / above).toBeGreaterThan(700)
      expect(1 / above).toBeLessThan(800)
    }
  })

  test('leave out what nobody should be woken by, and what no target exports', () => {
    const ids = alertingSlos.map(({ id }) => id)
    expect(ids).toContain('beacon-latency')
    expect(ids).not.toContain('assessment-p99')
    expect(ids).not.toContain('identity-availability')
  })
})

describe('burn-rate tiers', () => {
  test('leave out a tier that could never fire, and say so above the group', () => {
    const p90: typeof slo = { ...slo, budget: 0.1 }
    expect(tiers.map((tier) => reachable(tier, 0.1))).toEqual([false, true, true, true])
    const burn = burnRateGroups('mesh', [p90]).at(-1)
    expect(burn?.rules.map(({ labels }) => labels?.['tier'])).toEqual(['page-slow', 'ticket', 'ticket-slow'])
    const text = yamlText({ groups: [{ name: 'g', rules: [] }] }, [burn?.comment])
    expect(text).toContain('# try-out: tier page-fast is left out: it could only fire with 144 % bad.')
  })

  test('wait for so much traffic that one failure alone fires none', () => {
    expect(tiers.map((tier) => leastTraffic(tier, 0.0001))).toEqual([695, 1_667, 3_334, 10_000])
  })

  test('name windows as Prometheus writes them', () => {
    expect([5, 30, 60, 360, 1_440, 4_320].map(windowName)).toEqual(['5m', '30m', '1h', '6h', '1d', '3d'])
  })

  test('reach the receiver within the promised time', () => {
    expect(responseChainS()).toBeLessThan(sla.objectives['fault-to-notification'].limit)
  })
})

describe('model of the tiers', () => {
  const steady = (badShare: number, perMinute = 10_000) => [{ minutes: 40, perMinute, badShare }]
  test('fires every tier below the burn, none above it', () => {
    expect(firingTiers(slo, steady(0.16))).toEqual(['page-fast', 'page-slow', 'ticket', 'ticket-slow'])
    expect(firingTiers(slo, steady(0.04))).toEqual(['ticket', 'ticket-slow'])
    expect(firingTiers(slo, steady(0))).toEqual([])
    expect(firingTiers(slo, steady(1, 0.01))).toEqual([])
  })
  test('refuses a case that its minutes can not decide', () => {
    expect(() => firingTiers(slo, steady(0.144))).toThrow('too close to a threshold')
  })
})

test('every alert links to a runbook of its name and carries a severity', () => {
  const rules = alertRules()
  expect(rules.length).toBeGreaterThan(40)
  for (const { alert, labels, annotations } of rules) {
    expect(annotations?.['runbook_url']).toBe(`docs/runbooks/${runbookName(alert ?? '')}.md`)
    expect(['critical', 'warning']).toContain(labels?.['severity'])
  }
})

test('rules and cases are generated alike each time, without float residue', () => {
  expect([...ruleFiles()]).toEqual([...ruleFiles()])
  expect([...caseFiles()]).toEqual([...caseFiles()])
  for (const text of [...ruleFiles().values(), ...caseFiles().values()]) expect(text).not.toMatch(/\d\.\d{9,}/)
})
