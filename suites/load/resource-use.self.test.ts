import { expect, test } from 'vitest'
import type { MeshResources, ProcessResources } from '../contract/mesh.ts'
import { resourceUse } from './resource-use.ts'
import { summary } from './scale.ts'

const delay = (counts: number[]) => ({ edgesMs: [1, 10, 100], counts, sumMs: 0 })
const traffic = { datagramsSent: 0, bytesSent: 0, datagramsReceived: 0, bytesReceived: 0, receiveDrops: 0 }
const host = (change: Partial<ProcessResources> = {}): ProcessResources => ({
  role: 'mesh-host',
  instance: 'mesh-host-0',
  pid: 7,
  upMs: 1_000,
  cpuUserMs: 100,
  cpuSystemMs: 100,
  residentBytes: 50e6,
  proportionalBytes: 20e6,
  residentBytesMax: 60e6,
  heapUsedBytes: 1,
  eventLoopBusyMs: 100,
  eventLoopDelay: delay([5, 0, 0, 0]),
  gcPauses: 0,
  gcPausedMs: 0,
  udp: traffic,
  ...change,
})
const resources = (nowMs: number, processes: ProcessResources[], hmacMs = 0): MeshResources => ({
  nowMs,
  processes,
  operations: [
    { operation: 'hmac-sha-256 open', timedOneIn: 64, latency: { edgesMs: [1], counts: [1, 0], sumMs: hmacMs } },
  ],
})
const later = host({
  upMs: 3_000,
  cpuUserMs: 900,
  cpuSystemMs: 300,
  eventLoopBusyMs: 1_700,
  eventLoopDelay: delay([5, 98, 2, 0]),
  gcPausedMs: 50,
  udp: { ...traffic, receiveDrops: 12 },
})

test('use is what grew between two readings', () => {
  const use = resourceUse(resources(0, [host()], 1), resources(2_000, [later], 3))
  expect(use.targetCores).toBeCloseTo(0.5)
  expect(use.datagramsDropped).toBe(12)
  expect(use.processes).toEqual([
    { name: 'mesh-host-0', cores: 0.5, loopShare: 0.8, loopDelayMsP99: 100, collectionShare: 0.025, memoryMB: 50 },
  ])
  // Of 1,000 ms: 2 ms of every 64th HMAC, 50 ms of collection, 200 ms in the kernel.
  expect(use.spentOn?.crypto).toBeCloseTo(0.128)
  expect(use.spentOn).toMatchObject({ collection: 0.05, sockets: 0.2 })
  expect(use.spentOn?.logic).toBeCloseTo(0.622)
})

test('a host that was started anew counts from its start; drops that nobody tells are not zero', () => {
  const anew = host({ pid: 8, udp: { ...traffic, receiveDrops: null } })
  const use = resourceUse(resources(0, [host()]), resources(2_000, [anew]))
  expect(use.targetCores).toBeCloseTo(0.2)
  expect(use.datagramsDropped).toBeNull()
})

test('in virtual time busy threads stand for processes, and nothing that nobody modelled is made up', () => {
  const at = (nowMs: number, busyMs: number): MeshResources => ({
    ...resources(nowMs, []),
    operations: [],
    modelledThreads: [{ instance: 't', busyMs }],
  })
  expect(resourceUse(at(0, 0), at(1_000, 400))).toEqual({
    targetCores: 0.4,
    datagramsDropped: null,
    spentOn: null,
    processes: [{ name: 't', cores: 0.4, loopShare: 0.4, loopDelayMsP99: null, collectionShare: null, memoryMB: null }],
  })
})

test('latencies are summed up by nearest rank, and what stands on the limit is over it', () => {
  expect(summary([100, 1, 2, 3])).toEqual({ n: 4, overLimit: 1, p50: 2, p95: 100, p99: 100 })
  expect(summary([])).toBeNull()
})
