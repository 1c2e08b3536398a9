import { expect, test } from 'vitest'
import { definite, ok } from '../contract/outcome.ts'
import { agingToken, agingTtlS } from './aging-token.ts'

const startS = 1_800_000_000

/** A validator whose clock is told in whole seconds, and that accepts a token for so long past its end. */
function validator({ says, takes }: { readonly says?: number; readonly takes: number }) {
  let nowMs = 400
  const nowS = () => startS + nowMs / 1_000
  const claims = Buffer.from(JSON.stringify({ exp: startS + agingTtlS })).toString('base64url')
  const failed: string[] = []
  return {
    failed,
    elapsedS: () => nowMs / 1_000,
    clock: {
      nowMs: () => nowMs,
      sleep: async (ms: number) => {
        nowMs += ms
      },
    },
    observe: { check: (name: string, holds: boolean) => void (holds || failed.push(name)) },
    identity: {
      identityStatus: async () =>
        ok({
          trustDomain: 'suite.example',
          svidTtlS: 60,
          authority: 'P-256' as const,
          authorities: ['P-256' as const],
          nowS: Math.floor(nowS()),
          ...(says === undefined ? {} : { jwtLeewayS: says }),
          svidsIssued: 0,
          attestationsAccepted: 0,
          attestationsRefused: 0,
        }),
      fetchJwtSvid: async () => ok([{ spiffeId: 'spiffe://suite.example/w', token: `e30.${claims}.` }]),
      validateJwtSvid: async () =>
        nowS() < startS + agingTtlS + takes
          ? ok({ spiffeId: 'spiffe://suite.example/w', claims: {} })
          : definite('the token is past its end', 403),
    },
  }
}

async function failedOf(leeway: Parameters<typeof validator>[0]) {
  const target = validator(leeway)
  await (await agingToken(target, { endpoint: 'unix:w' })).presentLate()
  return { failed: target.failed, waitedS: Math.ceil(target.elapsedS()) }
}

test('a validator may have the leeway that it states, and says nothing where it has the usual one', async () => {
  expect(await failedOf({ says: 0, takes: 0 })).toEqual({ failed: [], waitedS: agingTtlS + 2 })
  expect(await failedOf({ says: 30, takes: 30 })).toEqual({ failed: [], waitedS: agingTtlS + 32 })
  expect((await failedOf({ takes: 60 })).failed).toEqual([])
})

test('more than is stated, or than is allowed, is found', async () => {
  const late = 'validation: refuses a token past its end'
  expect((await failedOf({ says: 0, takes: 3 })).failed).toEqual([late])
  expect((await failedOf({ takes: 3_600 })).failed).toEqual([late])
  expect((await failedOf({ says: 3_600, takes: 3_600 })).failed).toEqual([
    'validation: its leeway is no longer than allowed',
  ])
})
