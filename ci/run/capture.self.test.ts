import { expect, test } from 'vitest'
import { samplePlan } from '../verdict/sample-plan.ts'
import { startCapture } from './capture.ts'
import type { OwnedProcess } from './warden-client.ts'

const plan = samplePlan([{ requirement: 'MESH-SEAL', tier: 'processes', scope: 'compressed', repeats: 1 }])

/** A capture service that says so much on its standard output. */
async function started(says: string | null) {
  let stops = 0
  const service: OwnedProcess = {
    pid: 1,
    line: async () => {
      if (says === null) throw new Error('it was not ready within 10 s')
      return says
    },
    ended: async () => '',
    exit: Promise.resolve({ code: 0, signal: null }),
    stop: async () => {
      stops += 1
    },
  }
  const { environment, stop } = await startCapture({
    plan,
    warden: { launch: async () => service },
    say: () => undefined,
    find: async () => ({ path: '/k6', version: '2', sha256: '' }),
  })
  return { said: JSON.parse(environment['MESHCERT_CAPTURE'] ?? 'null'), stops: () => stops, stop }
}

test('a capture service that is never ready is stopped, and told as missing', async () => {
  const { said, stops } = await started(null)
  expect(said).toEqual({ missing: 'the capture service did not start: it was not ready within 10 s' })
  expect(stops()).toBe(1)
})

test('one that is ready runs until its lane ends', async () => {
  const { said, stops, stop } = await started('http://127.0.0.1:1')
  expect([said, stops()]).toEqual([{ url: 'http://127.0.0.1:1' }, 0])
  await stop()
  expect(stops()).toBe(1)
})
