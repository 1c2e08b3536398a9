import { realpathSync } from 'node:fs'
import type { IdentityPlane } from '../contract/identity.ts'
import { expectOk } from '../contract/outcome.ts'
import { withWorkloads, type Workloads } from '../contract/workloads.ts'
import { requirement, type Scenario } from '../requirement.ts'

type Needs = 'identity'
type Tally = { accepted: number; refused: number }

/** Calls through here are counted, so that the target's own count can be held against them. */
function counted(identity: IdentityPlane, tally: Tally) {
  return async (endpoint: string): Promise<readonly string[]> => {
    const answer = await identity.fetchX509Svid({ endpoint })
    if (answer.ok) tally.accepted += 1
    else if (answer.error.includes('PERMISSION_DENIED')) tally.refused += 1
    else throw new Error(`fetchX509Svid failed for no reason of identity: ${answer.error}`)
    return answer.ok ? answer.value.map(({ spiffeId }) => spiffeId) : []
  }
}

/** What this process is, and registrations that it is not: each asks for something that is not true of it. */
function claims() {
  const uid = process.getuid?.() ?? 0
  const gid = process.getegid?.() ?? 0
  const program = `unix:path:${realpathSync(process.execPath)}`
  const own = [`unix:uid:${uid}`, program]
  return {
    own,
    impostors: {
      'of another user': [`unix:uid:${uid + 1}`],
      'of another group': [`unix:uid:${uid}`, `unix:gid:${gid + 1}`],
      'of another program': [`unix:uid:${uid}`, 'unix:path:/bin/false'],
      'of this program under another user': [`unix:uid:${uid + 1}`, program],
      'of a program whose path begins alike': [`unix:uid:${uid}`, `${program}-other`],
    },
  } as const
}

/** At the shared endpoint this process is who it is, whatever else is registered there. */
async function observeImpostors(
  { target, observe }: Scenario<Needs>,
  { register }: Workloads,
  call: ReturnType<typeof counted>,
): Promise<void> {
  const { own, impostors } = claims()
  const stolen: { readonly what: string; readonly spiffeId: string; readonly endpoint: string }[] = []
  for (const [index, [what, selectors]] of Object.entries(impostors).entries()) {
    const workload = await register(`impostor-${index}`, { selectors: [...selectors] })
    stolen.push({ what, ...workload })
    const names = await call(workload.endpoint)
    observe.check(`a workload ${what} is not handed to this process`, names.length === 0, names.join(', '))
  }
  const genuine = await register('genuine', { selectors: [...own] })
  const names = await call(genuine.endpoint)
  const isItself = names.length === 1 && names[0] === genuine.spiffeId
  observe.check('a process gets exactly the identity that is true of it', isItself, names.join(', ') || 'none')
  const { identity } = target
  for (const { what, spiffeId, endpoint } of stolen) {
    const token = await identity.fetchJwtSvid({ endpoint, audience: ['suite'], spiffeId })
    const isRefused = !token.ok && /PERMISSION_DENIED|UNIMPLEMENTED/.test(token.error)
    observe.check(`nor is its token: ${what}`, isRefused, token.ok ? 'a token was handed out' : token.error)
  }
}

/** An endpoint of a workload's own gives that workload and no other, and nothing before and after its registration. */
async function observeOwnEndpoints(
  { target, observe }: Scenario<Needs>,
  { register }: Workloads,
  call: ReturnType<typeof counted>,
): Promise<void> {
  const [one, two] = [await register('own-one'), await register('own-two')]
  for (const { endpoint, spiffeId } of [one, two]) {
    const names = await call(endpoint)
    observe.check('an endpoint gives its own workload', names.length === 1 && names[0] === spiffeId, names.join(', '))
  }
  expectOk('removeWorkload', await target.identity.removeWorkload({ spiffeId: one.spiffeId }))
  const after = await call(one.endpoint)
  observe.check('a workload that is not registered gets no SVID', after.length === 0, after.join(', '))
  const other = await call(two.endpoint)
  observe.check('the others keep theirs', other.length === 1 && other[0] === two.spiffeId, other.join(', ') || 'none')
}

/** The sum of a counter with one label over every process's Prometheus text. */
function counterOf(texts: readonly string[], result: string): number {
  const line = new RegExp(`^spiffe_attestations_total\\{[^}]*result="${result}"[^}]*\\} (\\S+)$`, 'gm')
  return texts.flatMap((text) => [...text.matchAll(line)]).reduce((sum, [, value]) => sum + Number(value), 0)
}

// Every answer is one attestation. The JWT calls are attestations too, whatever their answer, and are counted by nobody
// here: the target is asked before and after the calls that are.
requirement('ID-ATTEST', ['identity'], async (scenario) => {
  const { target, observe, random, log } = scenario
  const { identity } = target
  const tally: Tally = { accepted: 0, refused: 0 }
  const call = counted(identity, tally)
  const read = async () => {
    const { attestationsAccepted, attestationsRefused } = expectOk('identityStatus', await identity.identityStatus({}))
    const texts = await target.exposition()
    const exported = { accepted: counterOf(texts, 'accepted'), refused: counterOf(texts, 'refused') }
    return { told: { accepted: attestationsAccepted, refused: attestationsRefused }, exported }
  }
  await withWorkloads({ identity, random }, async (workloads) => {
    const before = await read()
    await observeOwnEndpoints(scenario, workloads, call)
    const after = await read()
    for (const result of ['accepted', 'refused'] as const) {
      const [told, exported] = [
        after.told[result] - before.told[result],
        after.exported[result] - before.exported[result],
      ]
      const seen = `told ${told}, exported ${exported}, ours ${tally[result]}`
      observe.check(`attestations are counted: ${result}`, told === tally[result] && exported === told, seen)
    }
    await observeImpostors(scenario, workloads, call)
  })
  log(`${tally.accepted} attestations accepted, ${tally.refused} refused`)
})
