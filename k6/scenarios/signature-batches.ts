/**
 * SLA-VERIFY on the crypto plane: users with an ML-DSA-65 key of their own sign at a constant arrival
 * rate and have the target verify what they signed, as one batch and one of it alone. Judged is the
 * `verifyMs` of the latter, believed where it fits the request. In some batches one signature is not
 * what it says: whoever verifies nothing, or only part of a batch, is found out.
 */
import encoding from 'k6/encoding'
import http from 'k6/http'
import { newSigner, nowMs, scenarioStartMs } from 'k6/x/meshcert'
import type { Signer } from 'k6/x/meshcert'
import { fieldsOf, numberOf, seen } from '../answer.ts'
import { clockSlackMs } from '../beacons.ts'
import { environment } from '../environment.ts'
import { loadOfRun, optionsOf } from '../load-of-run.ts'
import { isDrawn, lot } from '../lots.ts'
import { altered } from '../peer.ts'
import { arrival, beginMeter, check, endMeter, fact, failure, finish, sample, unit } from '../recording.ts'
import type { Meter } from '../recording.ts'
import { writeSummary } from '../summary.ts'

const load = loadOfRun('signature-batches')

export const options = optionsOf(load, 1)

const context = 'meshcert/load/v1'
/** One batch in three has a forged signature; which one, and at which place, is drawn by lot. */
const forgedEvery = 3
const forgeries = ['altered signature', 'another context', 'key of a stranger', 'another message'] as const

let own: Signer | undefined

type Batch = {
  readonly publicKey: string
  /** Base64, as the contract wants them. */
  readonly messages: readonly string[]
  readonly signatures: readonly string[]
  /** Which of them are valid. */
  readonly genuine: readonly boolean[]
}

function forged(signer: Signer, text: string, how: (typeof forgeries)[number] | undefined): string {
  if (how === 'another context') return signer.sign(text, `${context}/other`)
  if (how === 'key of a stranger') return newSigner().sign(text, context)
  if (how === 'another message') return signer.sign(`${text}!`, context)
  return altered(signer.sign(text, context))
}

function signedBatch(signer: Signer, index: number): Batch {
  const turn = Math.floor(index / forgedEvery)
  const badAt = isDrawn('batch with a forgery', index, forgedEvery) ? lot(`forged in ${index}`, load.batch) : null
  const how = forgeries[turn % forgeries.length]
  const texts = Array.from({ length: load.batch }, (_, place) => `${environment.runKey()}/${index}/${place}`)
  return {
    publicKey: signer.publicKey,
    messages: texts.map((text) => encoding.b64encode(text)),
    signatures: texts.map((text, at) => (at === badAt ? forged(signer, text, how) : signer.sign(text, context))),
    genuine: texts.map((_, at) => at !== badAt),
  }
}

function ask(path: string, body: object, timeout: number) {
  const sentAtMs = nowMs()
  const answer = http.post(`${environment.targetUrl()}/v1/crypto/ml-dsa-65/${path}`, JSON.stringify(body), {
    headers: { 'Content-Type': 'application/json' },
    timeout: Math.max(1, timeout),
  })
  const answered = answer.status !== 0
  if (answered) check('signatures are judged', answer.status === 200, () => seen(answer))
  if (answer.status !== 200) failure(answer.status, { retryAfter: answer.headers['Retry-After'] !== undefined })
  return { answer, tookMs: nowMs() - sentAtMs, fields: answer.status === 200 ? fieldsOf(answer) : null }
}

function verifyAll({ publicKey, messages, signatures, genuine }: Batch, timeout: number): void {
  const { answer, fields } = ask('verify-many', { publicKey, messages, signatures, context }, timeout)
  if (fields === null) return
  const told = JSON.stringify(fields['valid'])
  check(
    'every signature of a batch is judged rightly',
    told === JSON.stringify(genuine),
    () => `${told} for ${genuine.join()}`,
  )
  fact('signature-batch-request', answer.timings.duration)
  const countedS = Math.floor(load.seconds)
  for (let at = 0; at < genuine.length; at += 1)
    unit('signatures made and verified', nowMs() - scenarioStartMs(), countedS)
}

/** What the target says that one verification took; null where it said nothing that can be believed. */
function verifyOne({ publicKey, messages, signatures, genuine }: Batch, at: number, timeout: number): number | null {
  const asked = { publicKey, message: messages[at], signature: signatures[at], context: encoding.b64encode(context) }
  const { tookMs, fields } = ask('verify', asked, timeout)
  if (fields === null) return null
  check('one signature is judged rightly', fields['valid'] === genuine[at], () => JSON.stringify(fields))
  const verifyMs = numberOf(fields, 'verifyMs')
  const fits = verifyMs > 0 && verifyMs <= tookMs + clockSlackMs
  check('verifyMs fits the request', fits, () => `verifyMs ${verifyMs} of a request of ${tookMs} ms`)
  return fits ? verifyMs : null
}

export const setup = (): Meter => beginMeter()

export default function (): void {
  const { index, scheduledAtMs } = arrival(load)
  own ??= newSigner()
  const batch = signedBatch(own, index)
  const remainingMs = (): number => scheduledAtMs + load.patienceMs - nowMs()
  verifyAll(batch, remainingMs())
  sample(load, verifyOne(batch, index % load.batch, remainingMs()))
  finish()
}

export const teardown = (meter: Meter): void => endMeter(meter)

export const handleSummary = writeSummary
