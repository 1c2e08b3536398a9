import { expect, test } from 'vitest'
import { CpuProfile, hottest, spentOn } from './cpu-profile.ts'

const frame = (functionName: string, url = '', lineNumber = 0) => ({ functionName, url, lineNumber })
/** root → onMessage → receive → verify (logic) → digest (native) ; gc ; idle ; program */
const profile = CpuProfile.parse({
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 6, 7] },
    { id: 2, callFrame: frame('onMessage', 'node:dgram'), children: [3] },
    { id: 3, callFrame: frame('receive', 'file:///app/host.ts', 9), children: [4, 8] },
    { id: 4, callFrame: frame('digest', 'node:internal/crypto/hash'), children: [5] },
    { id: 5, callFrame: frame('update'), children: [] },
    { id: 6, callFrame: frame('(garbage collector)') },
    { id: 7, callFrame: frame('(idle)') },
    { id: 8, callFrame: frame('now') },
    { id: 9, callFrame: frame('post', 'node:inspector') },
  ],
  startTime: 0,
  endTime: 1_000,
  samples: [2, 3, 4, 5, 6, 7, 8, 9],
  timeDeltas: [100, 200, 50, 150, 100, 400, 0, 300],
})

test('busy time is told apart; native work belongs to its caller, idle time and the profiler to nobody', () => {
  expect(spentOn([profile])).toEqual({ crypto: 200 / 600, sockets: 100 / 600, collection: 100 / 600, logic: 200 / 600 })
  expect(spentOn([profile, profile])).toEqual(spentOn([profile]))
})

test('a profile of a process that did nothing says nothing', () => {
  expect(spentOn([{ ...profile, samples: [7, 7], timeDeltas: [10, 10] }])).toBeNull()
  expect(spentOn([])).toBeNull()
})

test('the hottest functions are named with their place', () => {
  expect(hottest(profile, 2)).toEqual([
    { name: 'receive (host.ts:10)', share: 200 / 600 },
    { name: 'update', share: 150 / 600 },
  ])
})
