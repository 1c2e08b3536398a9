import { expect, test } from 'vitest'
import { watchYardstick } from './yardstick.ts'

test('the machine is measured again and again until what goes on has ended', async () => {
  let sleeps = 0
  const sleep = (): Promise<void> => {
    sleeps += 1
    return new Promise((resolve) => void setImmediate(resolve))
  }
  const watch = watchYardstick({ sleep })
  while (sleeps < 3) await new Promise(setImmediate)
  const ms = await watch.end()
  const ended = sleeps
  await new Promise(setImmediate)
  expect(sleeps).toBe(ended)
  expect(ms).toBeGreaterThan(0)
})
