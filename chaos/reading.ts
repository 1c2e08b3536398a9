/** Reads receipts beside a fault, from just before it until the mesh is steady after it. */
import type { Reading, ReceiptReader } from '../suites/mesh/receipts.ts'
import type { Besides } from './recovery.ts'

type Opened<Before> = {
  readonly reader: ReceiptReader
  /** What was so when the reading began. */
  readonly before: Before
  /** Ends what else was begun, if it goes on still. Does not throw. */
  readonly close?: () => Promise<void>
}

type Watch<Before> = {
  /** Begins, with the nodes that the fault is about to hit by name. */
  readonly open: (nodes: readonly string[]) => Promise<Opened<Before>>
  /** Records what was read beside one fault; answers whether it is well. */
  readonly see: (reading: Reading, before: Before) => Promise<boolean>
}

export function readBeside<Before>({ open, see }: Watch<Before>): Besides {
  let isOver = false
  let opened: Opened<Before> | null = null
  let running: Promise<Reading> | null = null
  return {
    begin: async ({ nodes = [] }) => {
      isOver = false
      opened = await open(nodes)
      running = opened.reader.readUntil(() => isOver)
      // Its rejection is thrown where the fault ends; until then it must not count as unhandled.
      running.catch(() => undefined)
    },
    atRecovery: async () => undefined,
    end: async () => {
      isOver = true
      if (opened === null || running === null) throw new Error('Nothing was read: begin() comes before end().')
      return see(await running, opened.before)
    },
    stop: async () => {
      isOver = true
      await running?.catch(() => undefined)
      await opened?.close?.()
    },
  }
}
