import { z } from 'zod'
import { sla } from '../../sla.config.ts'
import type { Clock } from '../contract/clock.ts'
import type { IdentityPlane } from '../contract/identity.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Workload } from '../contract/workloads.ts'
import type { Observe } from '../evidence/recorder.ts'
import { unixSeconds } from './instants.ts'

const { leewayMaxS, clockErrorS } = sla.identity.jwt

/** Life of the token that is kept past its end. */
export const agingTtlS = 3

type Aging = {
  readonly identity: Pick<IdentityPlane, 'identityStatus' | 'fetchJwtSvid' | 'validateJwtSvid'>
  readonly clock: Clock
  readonly observe: Pick<Observe, 'check'>
}

const audience = 'spiffe://suite.example/aging'
const Ending = z.object({ exp: z.number() })

function endOf(token: string): number {
  const [, claims = ''] = token.split('.')
  return Ending.parse(JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'))).exp
}

/**
 * A token of its own for the end: one that was altered would be refused for its signature. Before its end it is accepted;
 * past the end, the leeway that the target states and our own error in telling its time, it is refused. In between it
 * may be either.
 */
export async function agingToken({ identity, clock, observe }: Aging, { endpoint }: Pick<Workload, 'endpoint'>) {
  const toUnixS = await unixSeconds(identity, clock)
  const { jwtLeewayS: leewayS = leewayMaxS } = expectOk('identityStatus', await identity.identityStatus({}))
  observe.check('validation: its leeway is no longer than allowed', leewayS <= leewayMaxS, `${leewayS} s`)
  const token = expectOk('fetchJwtSvid', await identity.fetchJwtSvid({ endpoint, audience: [audience] }))[0]?.token
  const exp = endOf(token ?? '')
  const leftS = exp - toUnixS(clock.nowMs())
  const isBounded = leftS <= agingTtlS + clockErrorS
  observe.check('issued: it ends no later than its workload was registered for', isBounded, `${leftS} s from now`)
  const present = () => identity.validateJwtSvid({ endpoint, audience, token: token ?? '' })
  const early = await present()
  // An answer that took until the end may be either.
  if (toUnixS(clock.nowMs()) + clockErrorS < exp)
    observe.check('validation: accepts a token before its end', early.ok, exp.toString())
  const presentLate = async (): Promise<void> => {
    // A token that lives on, or is accepted for too long, is reported above; nobody waits for it.
    if (!isBounded || leewayS > leewayMaxS) return
    const refusedFromS = exp + leewayS + clockErrorS
    await clock.sleep(Math.max(0, refusedFromS - toUnixS(clock.nowMs())) * 1_000)
    const late = await present()
    const isRefused = !late.ok && late.definite
    const seen = late.ok ? `it was accepted ${leewayS + clockErrorS} s past it` : late.error
    observe.check('validation: refuses a token past its end', isRefused, seen)
  }
  return { leewayS, presentLate }
}
