import { expect, test } from 'vitest'
import type { MeshPlane } from '../suites/contract/mesh.ts'
import { definite, ok } from '../suites/contract/outcome.ts'
import type { Observe } from '../suites/evidence/recorder.ts'
import type { HeldLease } from './lease.ts'
import { deltaTraffic } from './delta-traffic.ts'

/** A mesh that joins everybody and answers each post as told. */
async function traffic(postDelta: MeshPlane['postDelta']) {
  let now = 0
  const failed: string[] = []
  const mesh: Pick<MeshPlane, 'joinMesh' | 'postDelta' | 'meshDeltas'> = {
    joinMesh: async ({ name }) => ok({ peerId: name, neighbour: 'a' }),
    postDelta,
    meshDeltas: async () => ok({ next: 0, deltas: [] }),
  }
  const observe: Pick<Observe, 'check' | 'history'> = {
    check: (name, holds) => void (holds || failed.push(name)),
    history: () => undefined,
  }
  const sleep = async (ms: number): Promise<void> => {
    now += ms
    await new Promise((turn) => setImmediate(turn))
  }
  const besides = await deltaTraffic({
    // The writers do nothing else.
    mesh: mesh as MeshPlane,
    observe: observe as Observe,
    world: 'w',
    clock: { nowMs: () => now, sleep },
    nodes: ['a'],
    peers: 1,
    everyMs: 100,
    seed: 's',
  })
  return { ...besides, failed }
}

const turns = () => new Promise((turn) => setTimeout(turn, 20))
// Of a lease only its renewal is used.
const lease = { renew: async () => undefined } as HeldLease

test('a fault in which nothing was acknowledged shows nothing', async () => {
  const { begin, atRecovery, stop, failed } = await traffic(async () => definite('full', 503))
  begin()
  await turns()
  await atRecovery(['a'], lease)
  await stop()
  expect(failed).toEqual(['deltas are acknowledged from just before a fault until the others are steady'])
})

test('a writer that breaks off is told of where its fault ends, and nowhere else', async () => {
  const { begin, end, stop } = await traffic(() => Promise.reject(new Error('no answer at all')))
  begin()
  await turns()
  await expect(end()).rejects.toThrow('no answer at all')
  await stop()
})

test('a writer that was stopped posts no more', async () => {
  const { begin, stop, posted } = await traffic(async () => definite('full', 503))
  begin()
  await turns()
  await stop()
  const before = posted()
  await turns()
  expect(before).toBeGreaterThan(0)
  expect(posted()).toBe(before)
})
