/** A simulated mesh in a process of its own, which tells what it needs as its time passes: its memory is nobody else's. */
import { Session } from 'node:inspector/promises'
import { z } from 'zod'
import { expectOk } from '../contract/outcome.ts'
import type { PartBody } from '../requirement.ts'

export const Course = z.object({
  /** Virtual time in all, and between two readings. */
  virtualS: z.number().positive(),
  everyS: z.number().positive(),
  /** Garbage is collected before each reading. */
  collects: z.boolean(),
})
export type Course = z.infer<typeof Course>

export const Reading = z.object({
  /** Since the mesh was formed. */
  virtualS: z.number(),
  nodes: z.int(),
  up: z.int(),
  beaconsOffered: z.number(),
  beaconsUsed: z.number(),
  /** The live heap, and what lies outside on its account; null where nothing was collected. */
  heldBytes: z.number().nullable(),
})
export type Reading = z.infer<typeof Reading>

/** What lies outside the heap is given back after the collection that freed its owners: the next one waits for that. */
async function heldBytes(): Promise<number> {
  const session = new Session()
  session.connect()
  try {
    await session.post('HeapProfiler.collectGarbage')
    await session.post('HeapProfiler.collectGarbage')
  } finally {
    session.disconnect()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

export const part: PartBody = async ({ target: { mesh, clock }, input, tell }) => {
  const { virtualS, everyS, collects } = Course.parse(input)
  if (mesh === undefined) throw new Error('The simulated target has no mesh: this row needs one.')
  const first = expectOk('meshWork', await mesh.meshWork({}))
  for (let passedS = everyS; passedS <= virtualS; passedS += everyS) {
    await clock.sleep(1_000 * everyS)
    const work = expectOk('meshWork', await mesh.meshWork({}))
    const { nodes } = expectOk('meshStatus', await mesh.meshStatus({}))
    const isLast = passedS + everyS > virtualS
    const up = isLast ? expectOk('meshNodes', await mesh.meshNodes({})).filter(({ state }) => state === 'up').length : 0
    const reading: Reading = {
      virtualS: passedS,
      nodes,
      up,
      beaconsOffered: work.beaconsOffered - first.beaconsOffered,
      beaconsUsed: work.beaconsUsed - first.beaconsUsed,
      heldBytes: collects ? await heldBytes() : null,
    }
    tell(JSON.stringify(reading))
  }
}
