import { sla } from '../../sla.config.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Random } from '../contract/random.ts'
import { requirement } from '../requirement.ts'
import { toBase64 } from './finding.ts'
import { verifiedByOracle } from './plane.ts'
import { wholeSeconds } from './whole-seconds.ts'

const batch = 64
const compressedS = 5
/** A rate that is sustained is judged once it flows: the first batches only come back when a good part of a second is over. */
const warmUpMs = 1_000
/** Two requests in flight keep the target busy while the suite handles an answer: this measures capacity, not latency. */
const lanes = 2
/** The oracle re-verifies one signature of one batch in so many: at 1.7 ms each it could not keep up with all. */
const oracleEvery = 8
/** A signature that does not verify is wrong on a slow machine, too. */
const timeless = { noise: false }

/** The same signature but for one bit. */
function spoiled(signature: string, random: Random): string {
  const bytes = Buffer.from(signature, 'base64')
  const at = random.integer(0, Math.max(0, bytes.length - 1))
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.integer(0, 7))
  return toBase64(bytes)
}

// Both rates are shown at the same time, on the same signatures: every one that is made is verified by the target's
// verifyMany, and a sample (of one batch in eight) by the independent oracle, drawn once the batch is made: a signer that signs
// only what is looked at does not know what that is. One of each batch is spoiled before the target verifies it, at a
// place that nobody knows: a verifier that looks at a sample, or at nothing, finds too few of them.
requirement('SLA-SIGN-RATE', ['crypto'], async ({ target, observe, random, scope, scale, log }) => {
  const { sustainS } = sla.objectives['signature-rate']
  const overMs = (scope === 'full' ? sustainS : compressedS) * 1_000 * scale
  const context = 'meshcert/rate/v1'
  const signed = wholeSeconds(overMs)
  const verified = wholeSeconds(overMs)
  const messages = random.stream('messages')
  const places = random.stream('spoiled')
  const looks = random.stream('looked at')
  const fromMs = target.clock.nowMs() + warmUpMs * scale
  const untilMs = fromMs + overMs
  let sampled = 0

  const lane = async (name: number): Promise<void> => {
    for (let turn = 0; target.clock.nowMs() < untilMs; turn += 1) {
      const texts = Array.from({ length: batch }, (_, index) =>
        toBase64(Buffer.from(`${name}.${turn}.${index}.${messages.integer(0, 0x7fff_ffff)}`)),
      )
      const made = expectOk('sign', await target.crypto.sign({ messages: texts, context }))
      signed.add(target.clock.nowMs() - fromMs, made.signatures.length)
      const { publicKey, signatures } = made
      observe.check(
        `one signature per message ${name}.${turn}`,
        signatures.length === batch,
        `${signatures.length}`,
        timeless,
      )
      const spoiledAt = places.integer(0, batch - 1)
      const given = signatures.map((one, at) => (at === spoiledAt ? spoiled(one, places) : one))
      const { valid } = expectOk(
        'verifyMany',
        await target.crypto.verifyMany({ publicKey, messages: texts, signatures: given, context }),
      )
      const right = valid.filter((isValid, at) => isValid === (at !== spoiledAt)).length
      verified.add(target.clock.nowMs() - fromMs, right)
      observe.check(
        `every signature is judged rightly ${name}.${turn}`,
        right === batch,
        `${right} of ${batch}`,
        timeless,
      )
      if (looks.integer(0, oracleEvery - 1) > 0) continue
      const lookedAt = looks.integer(0, batch - 1)
      const signature = signatures[lookedAt] ?? ''
      const message = Buffer.from(texts[lookedAt] ?? '', 'base64')
      const holds = verifiedByOracle({ signature, message, publicKey, context })
      observe.check(`oracle verifies ${name}.${turn}.${lookedAt}`, holds, 'does not verify', timeless)
      sampled += 1
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, name) => lane(name)))

  observe.check('the oracle looked at some signatures', sampled > 0, 'at none')
  const overS = overMs / 1_000
  observe.count('signature-rate', '1', signed.total(), overS, signed.perSecond())
  observe.count('signature-verify-rate', '1', verified.total(), overS, verified.perSecond())
  log(`${signed.total()} signatures made, ${verified.total()} verified, ${sampled} of them by the oracle too`)
})
