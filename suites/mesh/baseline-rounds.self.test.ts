import { expect, test } from 'vitest'
import { sla } from '../../sla.config.ts'
import { randomFrom } from '../contract/random.ts'
import type { Observe } from '../evidence/recorder.ts'
import { measureRounds, roundsMs } from './baseline-rounds.ts'
import { readWindow, watchMesh } from './beacon-load.ts'
import { degree, latencyMs, perLinkS, virtualMesh, type Lie } from './virtual-mesh.ts'

async function measured() {
  const series = new Map<string, (number | null)[]>()
  const failed: string[] = []
  const observe: Observe = {
    duration: () => undefined,
    count: () => undefined,
    proportion: () => undefined,
    measure: (name, _, value) => void series.set(name, [...(series.get(name) ?? []), value]),
    check: (name, holds) => {
      if (!holds) failed.push(name)
    },
    history: () => undefined,
    file: () => undefined,
    premise: () => undefined,
    fault: () => undefined,
    failure: () => undefined,
  }
  const { mesh, clock } = virtualMesh(sla.mesh.baseline.nodes)
  const target = { mesh, clock, description: { capabilities: ['mesh', 'control'] } } as const
  const scenario = {
    target,
    scope: 'compressed',
    scale: 1,
    random: randomFrom('lot'),
    observe,
    log: () => undefined,
  } as const
  await measureRounds(scenario)
  const named = (start: string) => [...series].find(([name]) => name.startsWith(start)) ?? ['', []]
  return { failed, margin: named('baseline-margin:'), yardstick: named('yardstick:') }
}

const { roundsEach } = sla.mesh.baseline

test('rounds tell their median beside the speed of the machine, and in their name how they were made', async () => {
  const { margin, yardstick, failed } = await measured()
  expect(margin[0]).toMatch(/^baseline-margin:100 nodes, \S+, 1 s, one mesh, planes control mesh, hmac-mldsa-sum-2$/)
  expect(yardstick[0].split(':')[1]).toBe(margin[0].split(':')[1])
  expect(margin[1]).toHaveLength(roundsEach.compressed)
  expect(yardstick[1]).toHaveLength(roundsEach.compressed)
  for (const ms of yardstick[1]) expect(ms).toBeGreaterThan(0)
  expect(failed).toEqual([])
})

test('beacons that are lost do not make a round faster', async () => {
  const quantiles = async (lie: Lie) => {
    const [{ mesh, clock }, load] = [virtualMesh(20, lie), { nodes: 20, profile: null, perNodeS: degree * perLinkS }]
    const made = { target: { mesh, clock }, random: randomFrom('lot'), observe: { premise: () => undefined } }
    const run = await watchMesh(made, load, (receivers) => readWindow({ mesh, clock, receivers, windowMs: 4_000 }))
    return [0.5, 0.85, 0.95].map((rank) => roundsMs(run, 4, rank).map((ms) => Math.round(ms ?? 0)))
  }
  expect(await quantiles({})).toEqual([0, 1, 2].map(() => Array(4).fill(latencyMs)))
  const [half, most, nearlyAll] = await quantiles({ lostUnoffered: 10 })
  expect([half, most]).toEqual([0, 1].map(() => Array(4).fill(latencyMs)))
  // As late as the round was long: a tenth of the beacons was owed and never came.
  for (const ms of nearlyAll ?? []) expect(ms).toBeGreaterThan(900)
})
