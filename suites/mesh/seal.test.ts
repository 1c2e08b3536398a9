import type { Captured } from '../contract/capture.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Premise } from '../evidence/record.ts'
import { requirement, type Scenario } from '../requirement.ts'
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
import { bringingBack, readNodes } from './formation.ts'
import { openCapture } from './open-capture.ts'

type Seal = Scenario<'mesh'>

const nodes = 24
/** Nodes that join later: they get by comparison and pull what the others got by push. */
const later = 4
const planted = 8
const spreadWithinMs = 10_000
const pollMs = 50

// Deltas that carry canaries are posted while everything that travels is captured. A canary that the suite itself sends
// in clear must be found, the deltas must be seen to travel, and none of theirs may be found; nor may two of them share
// a key stream. Beacons are not sealed: the row lets them be MAC-only, and they carry nothing that a delta says.
requirement('MESH-SEAL', ['mesh'], (scenario) => bringingBack(scenario.target.mesh, () => watchSealed(scenario)))

async function watchSealed(scenario: Seal): Promise<void> {
  const { target, observe, random, log } = scenario
  const { mesh } = target
  expectOk('formMesh', await mesh.formMesh({ nodes }))
  const opened = await openCapture(scenario)
  const why = typeof opened === 'string' ? opened : ''
  observe.premise({
    claim: 'tool present',
    measured: why === '' ? 0 : 1,
    limit: 0,
    unit: 'captures that failed',
    noise: false,
    detail: why,
  })
  if (typeof opened === 'string') return
  const control = canaryOf(random)
  const canaries = Array.from({ length: planted }, () => canaryOf(random))
  const captured = await capturing(opened, async () => {
    await opened.sendInClear(control.text)
    await travel(scenario, canaries)
  })
  examine(scenario, captured, { control, canaries })
  log(
    `${captured.packets.length} packets; beacons are MAC-only; of the other planes nothing crosses a mesh link here, ` +
      'what they send on this network was searched all the same',
  )
}

/** Deltas that reach every node, and those that join after them. */
async function travel(scenario: Seal, canaries: readonly Canary[]): Promise<void> {
  const { target, observe, random } = scenario
  const { mesh } = target
  const scene: DeltaScene = { mesh, observe, world: `sealed-${random.integer(0, 0x7fff_ffff)}` }
  const first = await namesOf(mesh)
  await observeFound(scene, first)
  const posted = await plant(scenario, scene, canaries)
  await untilHeld(scenario, first, posted)
  expectOk('formMesh', await mesh.formMesh({ nodes: nodes + later }))
  const all = await namesOf(mesh)
  await untilHeld(scenario, all, posted)
  await observeHeld(scene, 'with the nodes that joined later', all)
}

const namesOf = async (mesh: Seal['target']['mesh']): Promise<readonly string[]> =>
  (await readNodes(mesh)).map(({ id }) => id)

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
  names: readonly string[],
  posted: readonly Posted[],
): Promise<void> {
  const { mesh, clock } = target
  const deadlineMs = clock.nowMs() + spreadWithinMs
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
  { control, canaries }: { readonly control: Canary; readonly canaries: readonly Canary[] },
): void {
  const packets = withoutApi(captured, target.apiPorts ?? [])
  const premise = (claim: Premise['claim'], measured: number, unit: string): void =>
    observe.premise({ claim, measured, limit: 0, unit, noise: false, detail: `${captured.packets.length} packets` })
  premise('capture complete', unseen(captured), 'packets dropped')
  premise('positive control', showing(packets, control) === null ? 1 : 0, 'canaries not found')
  // Every node but the first of each delta got at least its filler over the network.
  const least = planted * (nodes + later - 1) * fillerChars
  const seen = fillerBytes(packets)
  premise('capture complete', Math.max(0, least - seen), 'bytes of deltas missing')
  for (const canary of canaries) {
    const shown = showing(packets, canary)
    observe.check('no canary of a delta appears in the capture', shown === null, `${canary.text} in ${shown}`)
  }
  const shared = sharedKeyStream(packets)
  observe.check('no two deltas are sealed with one key stream', shared === null, shared ?? '')
}
