import { expect, test } from 'vitest'
import { z } from 'zod'
import { bareVerb } from './bare-verb.ts'
import type { BareAnswer, BarePost } from './post-target.ts'
import { route } from './route.ts'

const row = route({
  method: 'post',
  path: '/v1/peers/{peerId}/beacons',
  summary: '',
  input: z.object({ peerId: z.string(), batch: z.string() }),
  output: z.object({ used: z.int() }),
  status: 202,
})

/** What is posted, and what becomes of an answer. */
async function asked(answer: BareAnswer) {
  const posted: BarePost[] = []
  const post = async (one: BarePost) => {
    posted.push(one)
    return answer
  }
  const poster = { post, bytes: () => 0, close: () => undefined }
  const ask = bareVerb(row, { poster, base: 'http://mesh/', token: 't' })
  return { outcome: await ask({ peerId: 'peer 1', batch: 'b' }), posted }
}

const answered = (status: number | null, retryAfter: string | null = null) =>
  asked({ status, retryAfter, body: '{"used":1}' })

test('parts of the path are no part of the body', async () => {
  const { outcome, posted } = await answered(202)
  expect(outcome).toEqual({ ok: true, value: { used: 1 } })
  const headers = { Authorization: 'Bearer t' }
  expect(posted).toEqual([{ url: 'http://mesh/v1/peers/peer%201/beacons', headers, body: '{"batch":"b"}' }])
})

test('what was refused did not happen, of other failures nobody knows', async () => {
  expect((await answered(403)).outcome).toMatchObject({ ok: false, definite: true, status: 403 })
  expect((await answered(503, '2')).outcome).toMatchObject({ definite: true, retryAfterS: 2 })
  expect((await answered(503)).outcome).toMatchObject({ definite: false, status: 503 })
  expect((await answered(null)).outcome).toMatchObject({ ok: false, definite: false })
})

test('only what is posted is asked this way', () => {
  const poster = { post: () => Promise.reject(new Error('unused')), bytes: () => 0, close: () => undefined }
  expect(() => bareVerb({ ...row, method: 'get' }, { poster, base: '', token: null })).toThrow('typed client')
})
