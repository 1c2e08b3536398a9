import { expect, test } from 'vitest'
import { nativeSignature } from '../../fixtures/crypto/signature.ts'
import { PeerGateway } from '../../fixtures/mesh/peers.ts'
import { referenceParts, type ReferenceParts } from '../../fixtures/parts.ts'
import { allDefects } from '../../fixtures/replacements.ts'
import { signingContexts, type Equivocation, type MeshPlane } from '../contract/mesh.ts'
import { expectOk, ok } from '../contract/outcome.ts'
import { randomFrom } from '../contract/random.ts'
import type { Target } from '../contract/target.ts'
import type { Observe } from '../evidence/recorder.ts'
import { beginSilentPeer, observeEpochs } from './epochs.ts'

/** The reference's gateway alone, on a clock that passes only while somebody sleeps. */
function gateway({ mesh: parts }: ReferenceParts): Target & { readonly mesh: MeshPlane } {
  let nowMs = 1_000
  const peers = new PeerGateway({
    nowMs: () => nowMs,
    scheme: nativeSignature,
    parts,
    epochMs: () => 5_000,
    neighbour: async () => 0,
    use: async () => nowMs,
    nameOf: (node) => `node-${node}`,
  })
  const mesh = {
    ...peers.port,
    meshStatus: async () => ok({ timerProfile: { epochMs: 5_000 } }),
    meshEvidence: async () => ok(peers.evidence),
    meshWork: async () => ok({ peerBeaconsFinal: peers.beacons().final }),
  }
  const clock = { nowMs: () => nowMs, sleep: async (ms: number) => void (nowMs += ms) }
  // Peers in their epochs call nothing else of a target.
  return { clock, mesh } as unknown as Target & { readonly mesh: MeshPlane }
}

type Tell = (known: Equivocation, batches: Equivocation['statements']) => Equivocation

/** A gateway that tells something else of who equivocated; it knows the batches of every peer. */
function telling(tell: Tell): ReturnType<typeof gateway> {
  const target = gateway(referenceParts)
  const { postBeacons, meshEvidence } = target.mesh
  const batches = new Map<string, Equivocation['statements']>()
  const mesh: MeshPlane = {
    ...target.mesh,
    postBeacons: async (input) => {
      const { peerId, batch, signature } = input
      const statement = Buffer.from(batch).toString('base64')
      batches.set(peerId, [...(batches.get(peerId) ?? []), { statement, signature }])
      return postBeacons(input)
    },
    meshEvidence: async () => {
      const known = expectOk('meshEvidence', await meshEvidence({}))
      return ok(known.map((evidence) => tell(evidence, batches.get(evidence.origin) ?? [])))
    },
  }
  return { ...target, mesh }
}

/** Checks that failed and the largest disagreement, over everything that peers do in their epochs. */
async function observed(
  parts: ReferenceParts,
  target = gateway(parts),
): Promise<{ readonly failed: string[]; readonly apart: number }> {
  const failed: string[] = []
  let apart = 0
  // Epochs record checks and measures only.
  const observe = {
    check: (name: string, holds: boolean) => void (holds || failed.push(name)),
    measure: (_: string, __: string, value: number | null) => void (apart = Math.max(apart, value ?? Infinity)),
  } as unknown as Observe
  const around = { target, observe, random: randomFrom('epochs') }
  const endSilentPeer = await beginSilentPeer(around)
  await observeEpochs(around)
  await endSilentPeer()
  return { failed, apart }
}

test('the reference holds every check, and what it reports is what the peers saw', async () => {
  expect(await observed(referenceParts)).toEqual({ failed: [], apart: 0 })
})

const wrong = [
  'replay-window-off-by-one',
  'counter-unchecked',
  'root-not-bound-to-epoch',
  'root-verification-sampled',
  'retraction-missing',
  'equivocation-ignored',
  'merkle-leaf-doubled',
]

test.each(wrong)('%s fails the check that it names', async (name) => {
  const defect = (await allDefects()).find((candidate) => candidate.name === name)
  if (defect === undefined) throw new Error(`no defect is called ${name}`)
  const { failed } = await observed(defect.replace(referenceParts))
  expect(failed.filter((check) => defect.reason.test(check))).not.toEqual([])
})

test.each<[string, Tell]>([
  [
    'two batches, which differ by right',
    (known, batches) => ({ ...known, context: signingContexts.beacons, statements: batches.slice(0, 2) }),
  ],
  ['roots of another epoch', (known) => ({ ...known, epoch: known.epoch + 1 })],
  [
    'one root twice',
    ({ statements: [one], ...known }) => ({ ...known, statements: one === undefined ? [] : [one, one] }),
  ],
])('evidence that shows %s holds for nobody', async (_, tell) => {
  const { failed } = await observed(referenceParts, telling(tell))
  expect(failed).toEqual(['the evidence holds for a stranger'])
})
