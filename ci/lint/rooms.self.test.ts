import { describe, expect, test } from 'vitest'
import { importProblem } from './rooms.ts'

const value = (from: string, specifier: string) => importProblem({ from, specifier, typeOnly: false })
const type = (from: string, specifier: string) => importProblem({ from, specifier, typeOnly: true })

describe('the import table', () => {
  test.each([
    ['sla.config.ts', './suites/contract/mesh.ts'],
    ['sla.config.ts', 'zod'],
    ['suites/contract/mesh.ts', '../evidence/record.ts'],
    ['suites/contract/mesh.ts', '@grpc/grpc-js'],
    ['suites/contract/clock.ts', 'pure-rand/generator/xoroshiro128plus'],
    ['suites/requirements/mesh.ts', '../contract/mesh.ts'],
    ['suites/requirements/mesh.ts', 'zod'],
    ['suites/mesh/a.test.ts', '../identity/b.ts'],
    ['suites/mesh/a.test.ts', '../../fixtures/mesh/view.ts'],
    ['suites/mesh/a.test.ts', '../../ci/cli.ts'],
    ['suites/mesh/a.test.ts', '../requirements/index.ts'],
    ['suites/mesh/a.test.ts', 'commander'],
    ['chaos/faults/crash.ts', '../../suites/requirement.ts'],
    ['chaos/drivers/process.ts', '../schedule.ts'],
    ['chaos/network/partition.test.ts', '../../fixtures/parts.ts'],
    ['chaos/network/partition.test.ts', '../node/crash.ts'],
    ['k6/scenarios/events.ts', '../../suites/contract/events.ts'],
    ['k6/scenarios/events.ts', 'zod'],
    ['k6/events.ts', '../sla.config.ts'],
    ['k6/events.ts', './shapes.ts'],
    ['fixtures/mesh/view.ts', '../../suites/evidence/record.ts'],
    ['fixtures/mesh/view.ts', '../../suites/requirements/index.ts'],
    ['fixtures/mesh/view.ts', '../../ci/cli.ts'],
    ['fixtures/mesh/view.ts', 'vitest'],
    ['fixtures/live/node-sockets.ts', '../simulation/paths.ts'],
    ['fixtures/simulation/host.ts', '../live/throttle.ts'],
    ['fixtures/network/paths.ts', '../simulation/kernel.ts'],
    ['alerting/rules.ts', '../suites/contract/mesh.ts'],
    ['ci/cli.ts', '../fixtures/target.ts'],
    ['nowhere/a.ts', './b.ts'],
  ])('forbids %s → %s', (from, specifier) => {
    expect(value(from, specifier)).toMatch(/may not import|types of|in no room/)
  })

  test.each([
    ['suites/contract/metrics.ts', '../../sla.config.ts'],
    ['suites/contract/random.ts', 'pure-rand/generator/xoroshiro128plus'],
    ['suites/contract/workload-api-target.ts', '@grpc/grpc-js'],
    ['suites/requirements/mesh.ts', '../../sla.config.ts'],
    ['suites/mesh/a.test.ts', '../requirement.ts'],
    ['suites/mesh/a.test.ts', './b.ts'],
    ['suites/mesh/a.self.test.ts', '../../fixtures/mesh/view.ts'],
    ['chaos/network/partition.test.ts', '../drivers/simulation.ts'],
    ['fixtures/mesh/view.ts', '../world.ts'],
    ['fixtures/mesh/view.ts', '@noble/post-quantum/ml-dsa.js'],
    ['fixtures/mesh/view.self.test.ts', 'vitest'],
    ['fixtures/live/node-sockets.ts', '../network/paths.ts'],
    ['fixtures/simulation/host.ts', '../mesh/host.ts'],
    ['fixtures/defects/handle-leaked.ts', '../live/pipe.ts'],
    ['alerting/rules.ts', '../suites/contract/metrics.ts'],
    ['ci/cli.ts', '../suites/requirements/index.ts'],
    ['ci/cli.ts', 'commander'],
    ['ci/run/a.self.test.ts', '../../fixtures/target.ts'],
    ['k6/scenarios/events.ts', 'k6/http'],
    ['k6/shapes.ts', '../sla.config.ts'],
    ['k6/shapes.ts', './schedule.ts'],
    ['vitest.config.ts', 'vitest/config'],
  ])('allows %s → %s', (from, specifier) => {
    expect(value(from, specifier)).toBeNull()
  })

  test('types only, where the table says so', () => {
    expect(type('k6/scenarios/events.ts', '../../suites/contract/events.ts')).toBeNull()
    expect(type('fixtures/replacement.ts', '../suites/requirements/index.ts')).toBeNull()
    expect(type('suites/mesh/a.test.ts', '../../fixtures/mesh/view.ts')).toMatch(/may not import/)
  })
})
