import { createHmac, createSecretKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import type { Clock } from '../contract/clock.ts'

/** Changes with the work below: times of another yardstick are no measure of a machine's speed. */
export const yardstickName = 'hmac-mldsa-sum-2'

/** Many kernels count a thread's processor time in ticks of 4 ms: half a second of it is known to one part in a hundred. */
const times = 48
const readEveryMs = 500
const message = Buffer.alloc(256, 'yardstick')

/** What a beacon costs a machine: tags, signatures, and arithmetic of the engine; about 10 ms. */
function fixedWork(): () => void {
  const key = createSecretKey(Buffer.alloc(32, 'key'))
  const { privateKey, publicKey } = generateKeyPairSync('ml-dsa-65')
  const signature = sign(null, message, privateKey)
  return () => {
    for (let tag = 0; tag < 1_500; tag += 1) createHmac('sha256', key).update(message).digest()
    for (let check = 0; check < 15; check += 1)
      if (!verify(null, message, publicKey, signature)) throw new Error('A signature of this process does not verify.')
    let sum = 0
    for (let term = 1; term <= 2_000_000; term += 1) sum += 1 / term
    if (!(sum > 14)) throw new Error('The harmonic sum of two million terms is above 14.')
  }
}

let work: (() => void) | null = null

/** Processor time in ms that this thread needs for the fixed work, the mean of so many times. */
function readMs(repeats: number): number {
  if (work === null) {
    work = fixedWork()
    // Compiled before it is timed.
    work()
  }
  const from = process.threadCpuUsage()
  for (let done = 0; done < repeats; done += 1) work()
  const { user, system } = process.threadCpuUsage(from)
  return (user + system) / 1_000 / repeats
}

/**
 * How slow this machine is now: processor time in ms that this thread needs for a fixed work, about 10 ms, done for half a second.
 * Processor time, because others that run meanwhile, the target above all, must not look like a slower machine.
 */
export const readYardstickMs = (): number => readMs(times)

/** How slow the machine is while something goes on: at the cost of two in a hundred of one core. */
export function watchYardstick(clock: Pick<Clock, 'sleep'>): { readonly end: () => Promise<number> } {
  const readings = [readMs(1)]
  let isOver = false
  const watching = (async () => {
    while (!isOver) {
      await clock.sleep(readEveryMs)
      readings.push(readMs(1))
    }
  })()
  return {
    end: async () => {
      isOver = true
      await watching
      // The mean, for single readings are whole ticks.
      return readings.reduce((sum, ms) => sum + ms, 0) / readings.length
    },
  }
}
