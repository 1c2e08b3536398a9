import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Capture, Packet } from '../contract/capture.ts'
import { ok } from '../contract/outcome.ts'
import { randomFrom } from '../contract/random.ts'
import { canaryOf } from './canaries.ts'
import { searchSealed } from './sealed-search.ts'
import { watchSealedUpdates } from './sealed-updates.ts'

const random = randomFrom('sealed')
const canary = canaryOf(random)
const packet = (payload: Buffer | string, to = 'centre'): Packet => ({
  protocol: 'tcp',
  from: 'edge',
  to,
  payload: Buffer.from(payload),
})
const sealed = packet(randomBytes(500))

type Seen = {
  readonly packets: readonly Packet[]
  readonly hearsControl?: boolean
  readonly dropped?: number | null
  readonly apiPorts?: readonly string[]
}

/** A target whose network carries these packets, and what was observed of it. */
function observed({ packets, hearsControl = true, dropped = 0, apiPorts }: Seen) {
  const broken: string[] = []
  const failed: string[] = []
  const kept = [...packets]
  const capture: Capture = {
    sendInClear: async (text) => void (hearsControl && kept.push(packet(text, 'nobody'))),
    end: async () => ({ packets: kept, dropped }),
  }
  const observe = {
    premise: ({ claim, measured, limit, unit }: { claim: string; measured: number; limit: number; unit: string }) =>
      void (measured > limit && broken.push(`${claim}: ${unit}`)),
    check: (claim: string, holds: boolean) => void (holds || failed.push(claim)),
  }
  // What the bodies use of a scenario, and nothing else.
  const scenario = (target: object) =>
    ({
      tier: 'simulation',
      random,
      observe,
      log: () => undefined,
      target: { tap: () => capture, apiPorts, ...target },
    }) as never
  return { scenario, broken, failed }
}

const search = async (seen: Seen, ends: readonly string[] | undefined = ['centre'], sent = 1) => {
  const { scenario, broken, failed } = observed(seen)
  const planted = [{ what: 'a message', canaries: [canary].slice(0, sent) }] as const
  const examine = await searchSealed(scenario({}), { traffic: 'messages', ends }, async () => ({
    own: ['suite'],
    after: async () => ({ planted, bytesLeast: 400 }),
  }))
  examine()
  return { broken, failed }
}

test('sealed traffic that the capture saw leaves nothing broken', async () => {
  expect(await search({ packets: [sealed] })).toEqual({ broken: [], failed: [] })
})

const poll = packet(`GET /v1/learning/jobs/job HTTP/1.1\r\n${'x: y\r\n'.repeat(40)}\r\n`)
const answer: Packet = { ...packet(randomBytes(999)), from: 'centre', to: 'edge' }

test.each<[string, Seen, readonly string[] | undefined, number, string]>([
  ['nothing was captured', { packets: [] }, ['centre'], 1, 'capture complete: bytes of messages missing'],
  [
    'too little was',
    { packets: [packet(randomBytes(399))] },
    ['centre'],
    1,
    'capture complete: bytes of messages missing',
  ],
  [
    'other ends were busy',
    { packets: [packet(randomBytes(999), 'x')] },
    ['centre'],
    1,
    'capture complete: bytes of messages missing',
  ],
  [
    'the suite’s own calls come to the same end',
    { packets: [poll, answer], apiPorts: ['centre'] },
    ['centre'],
    1,
    'capture complete: bytes of messages missing',
  ],
  ['no end is told', { packets: [sealed] }, [], 1, 'capture complete: bytes of messages missing'],
  ['packets were lost', { packets: [sealed], dropped: 1 }, ['centre'], 1, 'capture complete: packets dropped'],
  ['nobody knows whether', { packets: [sealed], dropped: null }, ['centre'], 1, 'capture complete: packets dropped'],
  ['it is deaf', { packets: [sealed], hearsControl: false }, ['centre'], 1, 'positive control: canaries not found'],
  ['no canary was sent', { packets: [sealed] }, ['centre'], 0, 'samples enough: canaries missing'],
])('in doubt where %s', async (_, seen, ends, sent, doubt) => {
  expect(await search(seen, ends, sent)).toEqual({ broken: [doubt], failed: [] })
})

test('sealed traffic counts beside the suite’s own calls at the same end, which are searched like all', async () => {
  const through: Packet = { ...sealed, from: 'other' }
  const beside = (more: readonly Packet[]) => search({ packets: [poll, answer, ...more], apiPorts: ['centre'] })
  expect(await beside([through])).toEqual({ broken: [], failed: [] })
  const shown: Packet = { ...packet(canary.text), from: 'centre', to: 'edge' }
  expect((await beside([through, shown])).failed).toEqual(['no canary of a message appears in the capture'])
})

test('a canary is found across two packets of a stream, and not in what the suite itself says', async () => {
  const found = ['no canary of a message appears in the capture']
  const [head, tail] = [canary.text.slice(0, 20), canary.text.slice(20)]
  expect(await search({ packets: [sealed, packet(head), packet(tail)] })).toEqual({ broken: [], failed: found })
  expect(await search({ packets: [sealed, packet(canary.text, 'suite')] })).toEqual({ broken: [], failed: [] })
})

const updates = async (updatesNoted: number | undefined, weights = randomBytes(4_000)) => {
  const { scenario, broken, failed } = observed({ packets: [packet(randomBytes(200_000))] })
  let clients = 0
  const round = () => ({
    round: 0,
    state: 'aggregated',
    distributedTo: clients,
    updatesAccepted: clients,
    updatesNoted,
  })
  const learning = {
    createJob: async (terms: { clients: number }) => {
      clients = terms.clients
      return ok({ jobId: 'job', dimension: 1_000 })
    },
    startRound: async () => ok({ round: 0 }),
    job: async () => ok({ rounds: [round()] }),
    model: async () => ok({ weights: weights.toString('base64') }),
  }
  const description = { sealedEnds: { modelUpdates: ['centre'] } }
  const examine = await watchSealedUpdates(
    scenario({ learning, description, clock: { nowMs: () => 0, sleep: async () => undefined } }),
  )
  examine()
  return { broken, failed }
}

test('updates without their notes leave the claim in doubt', async () => {
  expect(await updates(6)).toEqual({ broken: [], failed: [] })
  expect(await updates(undefined)).toEqual({ broken: ['samples enough: canaries not sent'], failed: [] })
})

test.each([
  ['empty', Buffer.alloc(0)],
  ['of zeros', Buffer.alloc(4_000)],
  ['flat', Buffer.alloc(4_000, 'flat')],
])(
  'a model that is %s has nothing to look for, which leaves the claim in doubt, whatever notes were sent',
  async (_, weights) => {
    const doubts = Array.from({ length: 3 }, () => 'samples enough: canaries missing')
    expect(await updates(6, weights)).toEqual({ broken: doubts, failed: [] })
  },
)
