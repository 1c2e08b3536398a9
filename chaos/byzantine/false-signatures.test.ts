import { signingContexts } from '../../suites/contract/mesh.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Random } from '../../suites/contract/random.ts'
import { beaconsPerBatch } from '../../suites/mesh/member.ts'
import { signText, type PeerKey } from '../../suites/mesh/peer.ts'
import { joinMember, repeatAttack, type Attack, type Attacked } from '../attacks.ts'
import { requirement } from '../requirement.ts'
import { changed, signedPurposes, tryFalseSignatures, type FalseSignatures } from '../signed-items.ts'

/** Signatures that are none of this text by this key for this purpose, each wrong in one way. */
const falseSignatures =
  (liar: PeerKey, random: Random): FalseSignatures =>
  ({ purpose, text, key }) => {
    const context = signingContexts[purpose]
    const good = Buffer.from(signText(text, key, context), 'base64')
    const [at, bit] = [random.integer(0, good.length - 1), 1 << random.integer(0, 7)]
    const others = signedPurposes.filter((other) => other !== purpose)
    return [
      ['stripped', ''],
      ['one bit flipped', changed(good, (bytes) => bytes.writeUInt8(bytes.readUInt8(at) ^ bit, at))],
      ['cut short', good.subarray(0, random.integer(1, good.length - 1)).toString('base64')],
      ['one byte longer', Buffer.concat([good, Buffer.alloc(1)]).toString('base64')],
      ['nothing but zeros', changed(good, (bytes) => bytes.fill(0))],
      ['of another text', signText(`${text} `, key, context)],
      ['without a context', signText(text, key, '')],
      ...others.map((other): [string, string] => [`made for ${other}`, signText(text, key, signingContexts[other])]),
      ["the compromised member's own", signText(text, liar, context)],
    ]
  }

async function attack(attacked: Attacked): Promise<Attack> {
  const { mesh, clock, check, random } = attacked
  const [victim, liar] = [await joinMember(attacked), await joinMember(attacked)]
  const injectedAtMs = clock.nowMs()
  const detectedAtMs = await tryFalseSignatures(victim, falseSignatures(liar.key, random), attacked)
  const receipts = await victim.receipts()
  const final = receipts.filter(({ state }) => state === 'final').length
  check(
    'all of the victim’s beacons are final, and nothing else is used in its name',
    final === receipts.length && final === beaconsPerBatch,
    `${final} of ${receipts.length} are final`,
  )
  for (const { id } of [victim, liar]) expectOk('leaveMesh', await mesh.leaveMesh({ peerId: id }))
  return { injectedAtMs, detectedAtMs }
}

// Whatever is signed (joining, beacons, roots, deltas) comes with every kind of false signature first, and with its own
// after that: a forgery must neither be used nor spoil what it imitates.
requirement('CHAOS-BYZ-1', ['mesh'], (scenario) => repeatAttack(scenario, { name: 'false signatures', attack }))
