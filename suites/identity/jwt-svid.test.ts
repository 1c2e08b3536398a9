import { createHmac, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { expectOk } from '../contract/outcome.ts'
import { withWorkloads, type Workload } from '../contract/workloads.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { agingToken, agingTtlS } from './aging-token.ts'
import { unixSeconds } from './instants.ts'

type Needs = 'identity'

const Header = z.object({ alg: z.string(), kid: z.string().optional(), typ: z.string().optional() })
const Claims = z.object({
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number(),
  iat: z.number().optional(),
})
const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })).min(1) })

/** Algorithms that the standard allows (JWT-SVID.md 2.1), by the hash that each signs. */
const algorithms: Readonly<Record<string, string>> = {
  RS256: 'sha256',
  RS384: 'sha384',
  RS512: 'sha512',
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  PS256: 'sha256',
  PS384: 'sha384',
  PS512: 'sha512',
}

const decode = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The suite's own check of a signature, with the key that the target publishes. */
function isSignedBy(token: string, hash: string, key: KeyObject): boolean {
  const at = token.lastIndexOf('.')
  const signature = Buffer.from(token.slice(at + 1), 'base64url')
  const options = key.asymmetricKeyType === 'ec' ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : { key }
  return verify(hash, Buffer.from(token.slice(0, at)), options, signature)
}

type Token = { readonly text: string; readonly header: z.infer<typeof Header>; readonly key: KeyObject }

const audience = 'spiffe://suite.example/db'

async function observeIssued({ target, observe }: Scenario<Needs>, { endpoint, spiffeId }: Workload): Promise<Token> {
  const { identity, clock } = target
  const toUnixS = await unixSeconds(identity, clock)
  const svids = expectOk('fetchJwtSvid', await identity.fetchJwtSvid({ endpoint, audience: [audience, 'second'] }))
  const nowS = toUnixS(clock.nowMs())
  const text = svids[0]?.token ?? ''
  const [head = '', body = ''] = text.split('.')
  const [header, claims] = [Header.parse(decode(head)), Claims.parse(decode(body))]
  const sets = expectOk('fetchJwtBundles', await identity.fetchJwtBundles({ endpoint }))
  const domain = `spiffe://${new URL(spiffeId).hostname}`
  const published = KeySet.parse(JSON.parse(sets[domain] ?? '{"keys":[]}')).keys.find(({ kid }) => kid === header.kid)
  if (published === undefined) throw new Error(`The bundle of ${domain} has no key ${header.kid}.`)
  const key = createPublicKey({ key: published, format: 'jwk' })
  const hash = algorithms[header.alg]
  const named: readonly (readonly [string, boolean, string])[] = [
    ['one token for the one identity', svids.length === 1 && svids[0]?.spiffeId === spiffeId, `${svids.length}`],
    ['the subject is the SPIFFE ID', claims.sub === spiffeId, claims.sub],
    [
      'every audience that was asked for is in it',
      [audience, 'second'].every((one) => claims.aud.includes(one)),
      String(claims.aud),
    ],
    ['it ends', claims.exp > nowS && claims.exp < nowS + 86_400, `${claims.exp - nowS} s from now`],
    ['the algorithm is one of the standard', hash !== undefined, header.alg],
    ['the type is JWT, JOSE or absent', [undefined, 'JWT', 'JOSE'].includes(header.typ), String(header.typ)],
    ['the published key verifies it', hash !== undefined && isSignedBy(text, hash, key), header.alg],
    ['no private part is published', !('d' in published), 'the key set has d'],
  ]
  for (const [name, holds, seen] of named) observe.check(`issued: ${name}`, holds, seen)
  return { text, header, key }
}

type Forgery = { readonly name: string; readonly token: string; readonly audience: string }

/** Tokens that look right and are not: each must be refused. */
function forgeries({ text, header, key }: Token): readonly Forgery[] {
  const [head = '', body = '', signature = ''] = text.split('.')
  const claims = Claims.parse(decode(body))
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const signedBy = (fields: object, payload: object) => {
    const signed = `${encode(fields)}.${encode(payload)}`
    const by = sign('sha256', Buffer.from(signed), { key: other, dsaEncoding: 'ieee-p1363' })
    return `${signed}.${by.toString('base64url')}`
  }
  const hmacHead = encode({ ...header, alg: 'HS256' })
  const secret = key.export({ type: 'spki', format: 'pem' })
  const hmac = createHmac('sha256', secret).update(`${hmacHead}.${body}`).digest('base64url')
  const later = encode({ ...claims, exp: claims.exp + 3_600 })
  const tokens = {
    'no signature': `${encode({ ...header, alg: 'none' })}.${body}.`,
    'the public key taken for a shared secret': `${hmacHead}.${body}.${hmac}`,
    'the key of a stranger under the right name': signedBy(header, claims),
    'a key that nobody published': signedBy({ ...header, kid: 'unknown' }, claims),
    'a later end under the old signature': `${head}.${later}.${signature}`,
    'another subject under the old signature': `${head}.${encode({ ...claims, sub: `${claims.sub}/admin` })}.${signature}`,
    'a part too many': `${text}.${signature}`,
    'a token cut off': text.slice(0, -4),
    'no token': 'token',
  }
  return [
    ...Object.entries(tokens).map(([name, token]) => ({ name, token, audience })),
    { name: 'the wrong audience', token: text, audience: 'spiffe://suite.example/other' },
    { name: 'no audience', token: text, audience: '' },
    {
      name: 'another audience under the old signature',
      token: `${head}.${encode({ ...claims, aud: ['third'] })}.${signature}`,
      audience: 'third',
    },
  ]
}

requirement('ID-JWT', ['identity'], async (scenario) => {
  const { target, observe, random, log } = scenario
  const { identity } = target
  await withWorkloads({ identity, random }, async ({ register }) => {
    const workload = await register('jwt')
    const { endpoint } = workload
    const short = await register('jwt-short', { svidTtlS: agingTtlS })
    const aging = await agingToken({ identity, clock: target.clock, observe }, short)
    const token = await observeIssued(scenario, workload)
    const valid = await identity.validateJwtSvid({ endpoint, audience, token: token.text })
    const isOwn =
      valid.ok && valid.value.spiffeId === workload.spiffeId && valid.value.claims['sub'] === workload.spiffeId
    observe.check('validation: accepts its own token', isOwn, valid.ok ? valid.value.spiffeId : valid.error)
    const forged = forgeries(token)
    for (const { name, ...asked } of forged) {
      const answer = await identity.validateJwtSvid({ endpoint, ...asked })
      const isRefused = !answer.ok && answer.definite
      observe.check(`validation: refuses ${name}`, isRefused, answer.ok ? 'it was accepted' : answer.error)
    }
    const unasked = await identity.fetchJwtSvid({ endpoint, audience: [] })
    observe.check('issued: not without an audience', !unasked.ok && unasked.definite, 'a token for nobody')
    await aging.presentLate()
    log(`2 tokens, ${forged.length} that must be refused, 1 more past its end and a leeway of ${aging.leewayS} s`)
  })
})
