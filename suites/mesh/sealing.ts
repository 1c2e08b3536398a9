import type { Captured } from '../contract/capture.ts'
import type { Premise } from '../evidence/record.ts'
import type { Scenario } from '../requirement.ts'
import {
  canaryOf,
  capturing,
  fillerBytes,
  fillerChars,
  sharedKeyStream,
  showing,
  twins,
  unseen,
  withoutApi,
  type Canary,
} from './canaries.ts'
import { joinDeltaPeer, observeFound, observeHeld, readHeld, type DeltaScene, type Posted } from './deltas.ts'
import { captureFor } from './sealed-search.ts'

type Seal = Scenario<'mesh'>

/** By name, the nodes that must come to hold what is planted. */
export type Holders = {
  readonly first: readonly string[]
  /** All of them once others have come: those get by comparison and pull what the first got by push. */
  readonly withLater: () => Promise<readonly string[]>
  /** How long they have for that, each time. */
  readonly withinMs: number
}

const planted = 8
const pollMs = 50

/**
 * Deltas that carry canaries are posted while everything that travels is captured. A canary that the suite itself sends
 * in clear must be found, the deltas must be seen to travel, and none of theirs may be found; nor may two of them share
 * a key stream. Beacons are not sealed: the row lets them be MAC-only, and they carry nothing that a delta says.
 * Answers what looks through all that was captured, which keeps a thread busy.
 */
export async function watchSealed(scenario: Seal, holders: Holders): Promise<() => void> {
  const { random, log } = scenario
  const opened = await captureFor(scenario)
  if (opened === null) return () => undefined
  const control = canaryOf(random)
  const canaries = Array.from({ length: planted }, () => canaryOf(random))
  let reached = 0
  const captured = await capturing(opened, async () => {
    await opened.sendInClear(control.text)
    reached = await travel(scenario, holders, canaries)
  })
  log(
    `${captured.packets.length} packets; beacons are MAC-only; of the other planes nothing crosses a mesh link here, ` +
      'what they send on this network is searched all the same',
  )
  return () => examine(scenario, captured, { control, canaries, reached })
}

/** Deltas that reach every node, and those that join after them; answers how many that are. */
async function travel(
  scenario: Seal,
  { first, withLater, withinMs }: Holders,
  canaries: readonly Canary[],
): Promise<number> {
  const { target, observe, random } = scenario
  const { mesh } = target
  const scene: DeltaScene = { mesh, observe, world: `sealed-${random.integer(0, 0x7fff_ffff)}` }
  await observeFound(scene, first)
  const posted = await plant(scenario, scene, canaries)
  await untilHeld(scenario, { names: first, withinMs }, posted)
  const all = await withLater()
  await untilHeld(scenario, { names: all, withinMs }, posted)
  await observeHeld(scene, 'with the nodes that joined later', all)
  return all.length
}

async function plant(
  { observe, random }: Seal,
  scene: DeltaScene,
  canaries: readonly Canary[],
): Promise<readonly Posted[]> {
  const peer = await joinDeltaPeer(scene, scene.world)
  const fillers = twins(random)
  const posted: Posted[] = []
  for (const [index, { text }] of canaries.entries()) {
    const result = await peer.post(`${text} ${fillers[index % 2]}`)
    observe.check('a delta with a canary is acknowledged', result.outcome.ok, JSON.stringify(result.outcome))
    posted.push(result)
  }
  return posted
}

/** Waits until every node holds all of them: until then they have not travelled every way. */
async function untilHeld(
  { target, observe }: Seal,
  { names, withinMs }: { readonly names: readonly string[]; readonly withinMs: number },
  posted: readonly Posted[],
): Promise<void> {
  const { mesh, clock } = target
  const deadlineMs = clock.nowMs() + withinMs
  for (const name of names) {
    for (;;) {
      const held = new Set(await readHeld(mesh, name))
      const lacking = posted.filter(({ id }) => !held.has(id)).length
      if (lacking === 0) break
      if (clock.nowMs() >= deadlineMs) {
        observe.check('deltas with canaries reach every node', false, `${name} lacks ${lacking} of ${posted.length}`)
        return
      }
      await clock.sleep(pollMs)
    }
  }
}

function examine(
  { target, observe }: Seal,
  captured: Captured,
  sent: { readonly control: Canary; readonly canaries: readonly Canary[]; readonly reached: number },
): void {
  const { control, canaries, reached } = sent
  const packets = withoutApi(captured, target.apiPorts ?? [])
  const premise = (claim: Premise['claim'], measured: number, unit: string): void =>
    observe.premise({ claim, measured, limit: 0, unit, noise: false, detail: `${captured.packets.length} packets` })
  premise('capture complete', unseen(captured), 'packets dropped')
  premise('positive control', showing(packets, control) === null ? 1 : 0, 'canaries not found')
  // Every node but the first of each delta got at least its filler over the network.
  const least = planted * (reached - 1) * fillerChars
  const seen = fillerBytes(packets)
  premise('capture complete', Math.max(0, least - seen), 'bytes of deltas missing')
  for (const canary of canaries) {
    const shown = showing(packets, canary)
    observe.check('no canary of a delta appears in the capture', shown === null, `${canary.text} in ${shown}`)
  }
  const shared = sharedKeyStream(packets)
  observe.check('no two deltas are sealed with one key stream', shared === null, shared ?? '')
}
