/** For self tests: a target that nothing wrong ever reaches. What an honest peer would not say is lost on its way. */
import { createPublicKey, verify } from 'node:crypto'
import type { CryptoPlane } from '../../suites/contract/crypto.ts'
import type { IdentityPlane } from '../../suites/contract/identity.ts'
import type { LearningPlane } from '../../suites/contract/learning.ts'
import { signingContexts, type MeshPlane } from '../../suites/contract/mesh.ts'
import { indefinite, type Outcome } from '../../suites/contract/outcome.ts'
import type { Target } from '../../suites/contract/target.ts'

const lost: Outcome<never> = indefinite('lost on its way')

type Signed = {
  readonly key: string | undefined
  readonly text: string
  readonly signature: string
  readonly purpose: keyof typeof signingContexts
}

function isGenuine({ key, text, signature, purpose }: Signed): boolean {
  if (key === undefined) return false
  const raw = { key: Buffer.from(key, 'base64'), format: 'raw-public', asymmetricKeyType: 'ml-dsa-65' } as const
  const verifier = { key: createPublicKey(raw), context: Buffer.from(signingContexts[purpose]) }
  return verify(null, Buffer.from(text), verifier, Buffer.from(signature, 'base64'))
}

/** False signatures, second roots and sybils. */
function meshWithout(mesh: MeshPlane): MeshPlane {
  const keys = new Map<string, string>()
  const roots = new Map<string, string>()
  return {
    ...mesh,
    joinMesh: async (input) => {
      const { name, publicKey: key, signature } = input
      const isHonest =
        !name.startsWith('sybil') && isGenuine({ key, text: `${name}:${key}`, signature, purpose: 'join' })
      if (!isHonest) return lost
      const joined = await mesh.joinMesh(input)
      if (joined.ok) keys.set(joined.value.peerId, key)
      return joined
    },
    postBeacons: async (input) => {
      const { peerId, batch: text, signature } = input
      return isGenuine({ key: keys.get(peerId), text, signature, purpose: 'beacons' }) ? mesh.postBeacons(input) : lost
    },
    postDelta: async (input) => {
      const { peerId, delta: text, signature } = input
      return isGenuine({ key: keys.get(peerId), text, signature, purpose: 'delta' }) ? mesh.postDelta(input) : lost
    },
    postRoot: async (input) => {
      const { peerId, root: text, signature } = input
      if (!isGenuine({ key: keys.get(peerId), text, signature, purpose: 'root' })) return lost
      const { epoch }: { readonly epoch: number } = JSON.parse(text)
      const said = roots.get(`${peerId}/${epoch}`) ?? text
      roots.set(`${peerId}/${epoch}`, said)
      return said === text ? mesh.postRoot(input) : lost
    },
  }
}

/** Identities that are none; asking about one changes nothing. */
const identityWithout = (identity: IdentityPlane): IdentityPlane => ({
  ...identity,
  validateSvid: async (input) => {
    const answer = await identity.validateSvid(input)
    return answer.ok && !answer.value.accepted ? lost : answer
  },
})

/** Signatures that do not verify; asking about one changes nothing. */
const cryptoWithout = (crypto: CryptoPlane): CryptoPlane => ({
  ...crypto,
  verify: async (input) => {
    const answer = await crypto.verify(input)
    return answer.ok && !answer.value.valid ? lost : answer
  },
})

/** Updates of others than honest clients, and their second ones. */
const learningWithout = (learning: LearningPlane): LearningPlane => ({
  ...learning,
  submitUpdate: async (input) =>
    input.client.startsWith('honest-') && !input.updateId.endsWith('-again') ? learning.submitUpdate(input) : lost,
})

export const withoutAttacks = (target: Target): Target => ({
  ...target,
  ...(target.mesh && { mesh: meshWithout(target.mesh) }),
  ...(target.crypto && { crypto: cryptoWithout(target.crypto) }),
  ...(target.identity && { identity: identityWithout(target.identity) }),
  ...(target.learning && { learning: learningWithout(target.learning) }),
})
