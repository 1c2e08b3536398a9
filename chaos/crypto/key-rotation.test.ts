import { sla } from '../../sla.config.ts'
import type { Capture } from '../../suites/contract/capture.ts'
import { canaryOf, showing, unseen, withoutApi, type Canary } from '../../suites/mesh/canaries.ts'
import { openCapture } from '../../suites/mesh/open-capture.ts'
import { openReceipts, type Receipts } from '../../suites/mesh/receipts.ts'
import { followSequences } from '../../suites/mesh/sequences.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { both } from '../both.ts'
import { deltaTraffic } from '../delta-traffic.ts'
import { keyRotation, rekeyed } from '../faults/key-rotation.ts'
import { readBeside } from '../reading.ts'
import type { Besides } from '../recovery.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'
import { readNodes } from '../steady.ts'

type Needs = 'mesh' | 'control'
type World = Scenario<Needs>['target']

const { fault, during } = sla.chaos.rows['CHAOS-CRYPTO-3']
const writers = 2
const everyMs = 250
/** More beacons than one link sends in any run of the row: a greater jump is another life of its sender. */
const jumpMax = 10_000

/** The longest time between two beacons that were used on one link; of one that is there at the end, until then. */
function longestPauseMs({ link, usedAtMs, links }: Receipts, there: ReadonlySet<string>): number {
  const last: (number | undefined)[] = links.map(() => undefined)
  let longestMs = 0
  for (const [index, place] of link.entries()) {
    const atMs = usedAtMs[index] ?? Number.NaN
    longestMs = Math.max(longestMs, atMs - (last[place] ?? atMs))
    last[place] = atMs
  }
  const endMs = last.reduce<number>((latest, atMs) => Math.max(latest, atMs ?? latest), Number.NEGATIVE_INFINITY)
  for (const [place, { origin, receiver }] of links.entries())
    if (there.has(`${origin}>${receiver}`)) longestMs = Math.max(longestMs, endMs - (last[place] ?? endMs))
  return longestMs
}

type Wiretap = { readonly capture: Capture; readonly control: Canary }

/** What the network carried: the text that the suite sent in clear, and none of those that it had sealed. */
async function sealedAll(
  { observe, target }: Scenario<Needs>,
  { capture, control }: Wiretap,
  canary: Canary,
): Promise<boolean> {
  const captured = await capture.end()
  const packets = withoutApi(captured, target.apiPorts ?? [])
  const premise = { limit: 0, noise: false, detail: `${captured.packets.length} packets` } as const
  observe.premise({ ...premise, claim: 'capture complete', measured: unseen(captured), unit: 'packets dropped' })
  const isFound = showing(packets, control) !== null
  observe.premise({ ...premise, claim: 'positive control', measured: isFound ? 0 : 1, unit: 'canaries not found' })
  const shown = showing(packets, canary)
  observe.check('nothing is sent in clear while keys change', shown === null, `${canary.text} in ${shown}`)
  return shown === null
}

/** Every beacon of every link, and everything that travels, from just before the rotation until after it. */
function watched(scenario: Scenario<Needs>, world: World, canary: Canary): Besides {
  const { observe, random, tier } = scenario
  const { mesh, clock } = world
  return readBeside({
    open: async () => {
      const capture = await openCapture({ target: world, tier })
      const why = typeof capture === 'string' ? capture : ''
      const tool = { claim: 'tool present', limit: 0, unit: 'captures that failed', noise: false } as const
      observe.premise({ ...tool, measured: why === '' ? 0 : 1, detail: why })
      const control = canaryOf(random)
      const tap = typeof capture === 'string' ? null : { capture, control }
      await tap?.capture.sendInClear(control.text)
      return {
        reader: await openReceipts({ mesh, clock }),
        before: { tap, changes: await rekeyed(mesh) },
        // Whatever breaks the row off must not leave the capture to the next one.
        close: async () => void (await tap?.capture.end().catch(() => undefined)),
      }
    },
    see: async ({ receipts, dropped, malformed }, { tap, changes }) => {
      const changed = (await rekeyed(mesh)) - changes
      const isSealed = tap !== null && (await sealedAll({ ...scenario, target: world }, tap, canary))
      const receiptsLost = { claim: 'receipts complete', limit: 0, unit: 'receipts', noise: true } as const
      observe.premise({ ...receiptsLost, measured: dropped + malformed })
      const used = receipts.link.length
      const { missing, repeated } = followSequences(receipts, jumpMax)
      const lostShare = missing / Math.max(1, used + missing)
      const isGapless = used > 0 && lostShare <= sla.mesh.lossLimit && repeated === 0
      observe.check(
        `at most ${sla.mesh.lossLimit} of the beacons are lost while keys change, and none is used twice`,
        isGapless,
        `${missing} of ${used + missing} lost, ${repeated} used again, ${changed} changes of keys`,
      )
      const up = (await readNodes(mesh)).flatMap(({ id, links }) =>
        links.flatMap(({ peer, state }) => (state === 'up' ? [`${peer}>${id}`] : [])),
      )
      const pauseMs = longestPauseMs(receipts, new Set(up))
      const isSteady = used > 0 && pauseMs <= during.pauseMsMax
      observe.check(
        `no link pauses for more than ${during.pauseMsMax} ms while keys change`,
        isSteady,
        `${Math.round(pauseMs)} ms`,
      )
      return isSealed && isGapless && isSteady
    },
  })
}

async function besides(scenario: Scenario<Needs>, world: World, name: string): Promise<Besides> {
  const { observe, random } = scenario
  const { mesh, clock } = world
  const canary = canaryOf(random.stream(name))
  const nodes = (await readNodes(mesh)).map(({ id }) => id)
  // The seed is part of every delta's text.
  const traffic = { mesh, observe, world: name, clock, nodes, peers: writers, everyMs, seed: canary.text }
  return both(await deltaTraffic(traffic), watched(scenario, world, canary))
}

// Every link changes its keys again and again while the mesh beacons at the rate of its profile and peers write: no beacon is lost to a
// change, no link falls silent over it, nothing travels in clear between two keys.
requirement('CHAOS-CRYPTO-3', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-CRYPTO-3',
    kind: keyRotation,
    draw: keyRotation.draw(fault.rotateEveryMs),
    besides,
  }),
)
