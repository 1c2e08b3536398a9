/**
 * Takes back what watchdogs that were killed themselves have left: containers that stand still or are down, filters, rules. The
 * kernel lets go of packets alone; of a signal it knows no end.
 */
import { containerFault, Holding, type ContainerOrder, type Struck } from './container-faults.ts'
import { engineAt, type FaultyEngine } from './engine.ts'
import { recordsOfTheDead, type LeftRecord } from './held-records.ts'

const isGone = (error: unknown): boolean =>
  error instanceof Error &&
  (('statusCode' in error && error.statusCode === 404) || ('code' in error && error.code === 'ENOENT'))

/** Whether there may be something on this container still: what was done to one that was removed, or started again, is gone with that. */
async function mayHold(engine: FaultyEngine, { primitive }: ContainerOrder, { id, pid }: Struck): Promise<boolean> {
  try {
    const { State } = await engine.getContainer(id).inspect()
    return primitive === 'crash' || (State.Running && State.Pid === pid)
  } catch (error) {
    // An engine whose socket is gone has taken its containers along.
    if (isGone(error)) return false
    throw error
  }
}

async function takeBack({ pid, order: text, strikeOff }: LeftRecord): Promise<string> {
  const { socket, order } = Holding.parse(JSON.parse(text))
  const engine = engineAt(socket)
  const struck: readonly Struck[] = order.struck
  const may = await Promise.all(struck.map((one) => mayHold(engine, order, one)))
  const left = { ...order, struck: struck.filter((_, place) => may[place]) } as ContainerOrder
  const residue = left.struck.length === 0 ? [] : await containerFault(engine, left).undo()
  if (residue.length > 0)
    throw new Error(
      `The watchdog ${pid} was killed in the middle of a ${order.primitive}, and this is left of it: ${residue.join('; ')}. Start these containers again.`,
    )
  strikeOff()
  return `the ${order.primitive} of watchdog ${pid}, which was killed, is taken back from ${left.struck.length} containers`
}

/** Answers what was taken back, a line each. Rejects, naming the next step, where something is left. */
export const sweepContainers = (): Promise<readonly string[]> => Promise.all(recordsOfTheDead().map(takeBack))
