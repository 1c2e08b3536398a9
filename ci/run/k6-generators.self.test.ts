import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sla, type LoadShapeName } from '../../sla.config.ts'
import { loadOf } from '../../k6/shapes.ts'
import { rareCollections, runGenerators } from './k6-generators.ts'
import { mergeLive } from './k6-live.ts'

const limitMiB = (vus: number): number => Number.parseInt(rareCollections({ vus }, 1).GOMEMLIMIT, 10)

/**
 * What lives of 1,500 users: 1,418 MiB in a burst, by the memory of a process that did nothing but collect, when each of them had
 * the shared config in its world; less what that took of idle ones (1,143 and 554 MiB, collected at every twentieth part).
 */
const livesMiB = (users: number): number => ((1_418 - (1_143 - 554)) / 1_500) * users

test.each(Object.keys(sla.loadShapes) as LoadShapeName[])(
  'the users of %s fit into the memory of a generator with room for garbage, and all of a suite into 3 GiB',
  (shape) => {
    const { vus } = loadOf(shape, 'release')
    expect(limitMiB(vus)).toBeGreaterThan(1.5 * livesMiB(vus))
    expect(limitMiB(vus)).toBeLessThanOrEqual(2_560)
  },
)

test('generators that share a load share the memory for what it leaves', () => {
  expect(rareCollections({ vus: 10 }, 1).GOMEMLIMIT).toBe('2048MiB')
  expect(rareCollections({ vus: 10 }, 4).GOMEMLIMIT).toBe('512MiB')
})

test('generators find their configuration written, and nobody writes it while one may be reading', async () => {
  const runDirectory = mkdtempSync(join(tmpdir(), 'generators-'))
  const config = join(runDirectory, 'k6', 'config.json')
  const found: string[] = []
  const end = { exitCode: 0, signal: '', timedOut: false, cpuS: 0, wallS: 0, maxRssKiB: 0, realTime: false }
  await runGenerators({
    tool: { path: 'k6', version: '', sha256: '' },
    load: loadOf('mesh-peers', 'gate'),
    generators: 3,
    plan: 'gate',
    scale: 1,
    url: '',
    token: null,
    runKey: '',
    seed: '',
    runDirectory,
    name: 'peers',
    startAtMs: null,
    launch: async () => {
      found.push(readFileSync(config, 'utf8'))
      writeFileSync(config, 'read')
      return {
        pid: 1,
        line: async () => JSON.stringify(end),
        ended: async () => '',
        stop: async () => undefined,
        exit: Promise.resolve({ code: 0, signal: null }),
      }
    },
    live: mergeLive({ generators: 3, name: '', startAtMs: null }, () => undefined),
  })
  expect(found).toEqual(['{}\n', 'read', 'read'])
  rmSync(runDirectory, { recursive: true })
})
