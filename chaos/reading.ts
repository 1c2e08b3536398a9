/** Reads receipts beside a fault, from just before it until the mesh is steady after it. */
import type { Reading, ReceiptReader } from '../suites/mesh/receipts.ts'
import type { Besides } from './recovery.ts'

type Opened<Before> = {
  readonly reader: ReceiptReader
  /** What was so when the reading began. */
  readonly before: Before
}

type Watch<Before> = {
  /** Begins, with the nodes that the fault is about to hit by name. */
  readonly open: (nodes: readonly string[]) => Promise<Opened<Before>>
  /** Records what was read beside one fault; answers whether it is well. */
  readonly see: (reading: Reading, before: Before) => Promise<boolean>
}

export function readBeside<Before>({ open, see }: Watch<Before>): Besides {
  let isOver = false
  let running: Promise<{ readonly reading: Reading; readonly before: Before }> | null = null
  const read = async (nodes: readonly string[]) => {
    const { reader, before } = await open(nodes)
    return { reading: await reader.readUntil(() => isOver), before }
  }
  return {
    begin: ({ nodes = [] }) => {
      isOver = false
      running = read(nodes)
      // Its rejection is thrown where the fault ends; until then it must not count as unhandled.
      running.catch(() => undefined)
    },
    atRecovery: async () => undefined,
    end: async () => {
      isOver = true
      if (running === null) throw new Error('Nothing was read: begin() comes before end().')
      const { reading, before } = await running
      return see(reading, before)
    },
    stop: async () => {
      isOver = true
      await running?.catch(() => undefined)
    },
  }
}
