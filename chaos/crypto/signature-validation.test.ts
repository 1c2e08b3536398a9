import { signingContexts } from '../../suites/contract/mesh.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Random } from '../../suites/contract/random.ts'
import { present, type Scene } from '../../suites/identity/svid-scene.ts'
import { newPeerKey, signText } from '../../suites/mesh/peer.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { joinMember, repeatAttack, type Attack, type Attacked } from '../attacks.ts'
import { requirement } from '../requirement.ts'
import { changed, tryFalseSignatures, type FalseSignatures } from '../signed-items.ts'

type Needs = 'mesh' | 'crypto' | 'identity'

/** The parts of an ML-DSA-65 signature (FIPS 204, table 2): each is checked by code of its own. */
const parts = { 'the commitment': [0, 48], 'the response': [48, 3_248], 'the hint': [3_248, 3_309] } as const
/** Lengths that other parameter sets have, and those next to the right one. */
const lengths = [0, 1, 2_420, 3_308, 3_310, 4_627] as const

const flipped = (signature: Buffer, [from, to]: readonly [number, number], random: Random): string => {
  const [at, bit] = [random.integer(from, to - 1), 1 << random.integer(0, 7)]
  return changed(signature, (bytes) => bytes.writeUInt8(bytes.readUInt8(at) ^ bit, at))
}

const ofLength = (signature: Buffer, length: number): string =>
  Buffer.concat([signature, Buffer.alloc(4_627)])
    .subarray(0, length)
    .toString('base64')

/** Contexts that are nearly the right one. */
const besides = (context: string): readonly string[] => [
  '',
  context.slice(0, -1),
  `${context}\0`,
  context.toUpperCase(),
  context.replace('v1', 'v2'),
]

/** A bit flipped in each part, each wrong length, each wrong context. */
const failing =
  (random: Random): FalseSignatures =>
  ({ purpose, text, key }) => {
    const context = signingContexts[purpose]
    const good = Buffer.from(signText(text, key, context), 'base64')
    return [
      ...Object.entries(parts).map(
        ([part, span]) => [`a bit of ${part} flipped`, flipped(good, span, random)] as const,
      ),
      ...lengths.map((length) => [`of ${length} bytes`, ofLength(good, length)] as const),
      ...besides(context).map(
        (other) => [`under the context ${JSON.stringify(other)}`, signText(text, key, other)] as const,
      ),
    ]
  }

/** The same at the primitive itself: what it says of each, and of the genuine one after all of them. */
async function primitive({ target }: Scenario<Needs>, { check, tried, hostile, random }: Attacked): Promise<void> {
  const key = newPeerKey()
  const text = `message ${random.integer(0, 0x7fff_ffff)}`
  const context = signingContexts.root
  const verify = (signature: string) => {
    const message = Buffer.from(text).toString('base64')
    const asked = { publicKey: key.publicKey, message, signature, context: Buffer.from(context).toString('base64') }
    return target.crypto.verify(asked)
  }
  // Posted nowhere: only its signatures are of use here.
  const item = {
    purpose: 'root',
    text,
    key,
    post: () => Promise.reject(new Error('A bare message is not posted.')),
  } as const
  for (const [what, signature] of failing(random)(item)) {
    const answer = hostile(await verify(signature))
    tried(`signature at the primitive: ${what}`, answer.ok && answer.value.valid ? 'accepted' : 'refused')
  }
  const { valid } = expectOk('verify', await verify(signText(text, key, context)))
  check('the primitive accepts the genuine signature after them', valid, 'invalid')
}

/** A certificate's signature is its end: 3,309 bytes of ML-DSA-65, some 70 of ECDSA with P-256. */
const signatureBytes = { 'P-256': 64, 'ML-DSA-65': 3_309 } as const

/** The signatures of certificates: the leaf's, by either kind of authority. */
async function certificates({ target }: Scenario<Needs>, { check, tried, hostile, random }: Attacked): Promise<void> {
  const validate = (scene: Scene) => {
    const { chain, bundle, ...rest } = present(scene)
    const wire = (ders: readonly Buffer[]): string[] => ders.map((der) => der.toString('base64'))
    return target.identity.validateSvid({ ...rest, chain: wire(chain), bundle: wire(bundle) })
  }
  for (const keys of ['P-256', 'ML-DSA-65'] as const) {
    const forge = (leaf: Buffer): Buffer => {
      const from = leaf.length - signatureBytes[keys]
      return Buffer.from(flipped(leaf, [from, leaf.length], random), 'base64')
    }
    const forged = hostile(await validate({ keys, forge }))
    const isAccepted = forged.ok && forged.value.accepted
    tried(`signature of an SVID by a ${keys} authority: a bit flipped`, isAccepted ? 'accepted' : 'refused')
    const { accepted } = expectOk('validateSvid', await validate({ keys }))
    check(`accepted after it: an SVID of the ${keys} authority`, accepted, 'refused')
  }
}

async function attack(scenario: Scenario<Needs>, attacked: Attacked): Promise<Attack> {
  const { mesh, clock, random } = attacked
  const victim = await joinMember(attacked)
  const injectedAtMs = clock.nowMs()
  const detectedAtMs = await tryFalseSignatures(victim, failing(random), attacked)
  await primitive(scenario, attacked)
  await certificates(scenario, attacked)
  expectOk('leaveMesh', await mesh.leaveMesh({ peerId: victim.id }))
  return { injectedAtMs, detectedAtMs }
}

// Wherever a signature is validated (what peers say to the mesh, the certificate of an identity, the primitive below both) it
// fails for one wrong bit, one wrong byte of length, one wrong letter of the context, and the genuine one goes through after.
requirement('CHAOS-CRYPTO-2', ['mesh', 'crypto', 'identity'], (scenario) =>
  repeatAttack(scenario, { name: 'failing signatures', attack: (attacked) => attack(scenario, attacked) }),
)
