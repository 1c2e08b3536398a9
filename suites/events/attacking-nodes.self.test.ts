import { expect, test } from 'vitest'
import type { Remediation } from '../contract/remediation.ts'
import { standingBetween } from './attacking-nodes.ts'

const action = (number: number, state: Remediation['state'], attempts = 1): Remediation => ({
  id: `remediation-${number}`,
  eventId: `e${number}`,
  action: 'isolate-node',
  subject: `node-${number}`,
  state,
  attempts,
  before: null,
  reason: null,
})

test('what ran in two readings ran between them; what took its place meanwhile did not run beside it', () => {
  const before = [action(1, 'running'), action(2, 'running'), action(3, 'waiting', 0), action(4, 'waiting', 0)]
  const now = [action(1, 'running'), action(2, 'applied'), action(3, 'running'), action(4, 'waiting', 0)]
  const { running, waiting } = standingBetween(before, now)
  expect(running).toBe(1)
  expect(waiting.map(({ subject }) => subject)).toEqual(['node-4'])
})

test('an action that was begun anew has not run all the while, and what is read first shows nothing yet', () => {
  expect(standingBetween([action(1, 'running')], [action(1, 'running', 2)]).running).toBe(0)
  expect(standingBetween([], [action(1, 'running')])).toEqual({ running: 0, waiting: [] })
})
