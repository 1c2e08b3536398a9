/**
 * Peers of the suite that go on writing deltas while a fault is in force: what was acknowledged must be
 * on every living node once the mesh is steady without the victims, and on the victims too once they are back.
 */
import type { Clock } from '../suites/contract/clock.ts'
import {
  joinDeltaPeer,
  observeFound,
  observeHeld,
  observeHolders,
  type DeltaPeer,
  type DeltaScene,
} from '../suites/mesh/deltas.ts'
import type { HeldLease } from './lease.ts'
import type { Besides } from './recovery.ts'

export type DeltaTraffic = DeltaScene & {
  readonly clock: Clock
  readonly nodes: readonly string[]
  readonly peers: number
  /** Pause between two deltas. */
  readonly everyMs: number
  readonly seed: string
}

/** After the last post: what spreads has spread, whoever relinks has compared what it holds with its neighbours. */
const quietMs = 1_000
const renewEveryMs = 500

/** Joins the writers and answers what a fault's run calls. */
export async function deltaTraffic(
  traffic: DeltaTraffic,
): Promise<Omit<Besides, 'begin'> & { readonly begin: () => void; readonly posted: () => number }> {
  const { clock, nodes, everyMs, seed } = traffic
  await observeFound(traffic, nodes)
  const writers: DeltaPeer[] = []
  for (let peer = 0; peer < traffic.peers; peer += 1) writers.push(await joinDeltaPeer(traffic, `writer-${peer}`))
  let [fault, posted, acknowledged] = [0, 0, 0]
  let [isOn, isWell] = [false, true]
  let running: Promise<void> = Promise.resolve()
  const write = async (): Promise<void> => {
    while (isOn) {
      const writer = writers[posted % writers.length]
      if (writer === undefined) throw new Error('Nobody writes: name at least one peer.')
      posted += 1
      const result = await writer.post(`delta ${posted} of ${seed}`)
      if (result.outcome.ok) acknowledged += 1
      isWell &&= await observeHolders(traffic, result)
      await clock.sleep(everyMs)
    }
  }
  const written = async (): Promise<void> => {
    isOn = false
    await running
    traffic.observe.check(
      'deltas are acknowledged from just before a fault until the others are steady',
      acknowledged > 0,
      `none in fault ${fault}; ${posted} posted in all`,
    )
  }
  const quiet = async (lease: HeldLease | null): Promise<void> => {
    for (let waitedMs = 0; waitedMs < quietMs; waitedMs += renewEveryMs) {
      await lease?.renew()
      await clock.sleep(renewEveryMs)
    }
  }
  return {
    posted: () => posted,
    begin: () => {
      fault += 1
      acknowledged = 0
      isOn = true
      running = write()
      // Its rejection is thrown where the fault ends; until then it must not count as unhandled.
      running.catch(() => undefined)
    },
    atRecovery: async (living, lease) => {
      await written()
      await quiet(lease)
      await observeHeld(traffic, `fault ${fault}, without the victims`, living)
    },
    end: async () => {
      await written()
      await quiet(null)
      const isOneSet = (await observeHeld(traffic, `fault ${fault}, everyone back`, nodes)) === 1
      return isOneSet && isWell
    },
    stop: async () => {
      isOn = false
      await running.catch(() => undefined)
    },
  }
}
