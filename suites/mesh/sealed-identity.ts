import { expectOk } from '../contract/outcome.ts'
import { withWorkloads, type Workload, type Workloads } from '../contract/workloads.ts'
import type { X509Svid } from '../contract/identity.ts'
import type { Scenario } from '../requirement.ts'
import { canaryOf, formsOf, type Canary } from './canaries.ts'
import { doubt, searchSealed, type Planted } from './sealed-search.ts'

type Seal = Scenario<'identity'>

const workloads = 6
const audience = ['canaries']
/** Short-lived, so that each is renewed while it is listened to: within how many of their lives. */
const svidTtlS = 3
const livesMost = 3
const pollMs = 50

type Named = { readonly workload: Workload; readonly canary: Canary }

/** The suite's own calls of the Workload API: within one machine, where the standard asks for no seal. */
function portsOf(named: readonly Named[]): readonly string[] {
  const ports = named.map(({ workload }) => /^tcp:.*:(\d+)$/.exec(workload.endpoint)?.[1])
  return ports.filter((port) => port !== undefined)
}

/**
 * Workloads hold SVIDs, renewed once, and get tokens while everything is captured: their SPIFFE IDs are canaries, which stand in
 * what is attested, requested and issued, and none may be found; nor may a private key. They are registered before, and
 * their endpoints are the suite's own: then nothing that it says or hears meanwhile over the network holds them. Answers what
 * looks through what was captured.
 */
export async function watchSealedIdentity(scenario: Seal): Promise<() => void> {
  const { target, observe, random, log } = scenario
  const { identity } = target
  const ends = target.description.sealedEnds?.identity
  return withWorkloads({ identity, random }, async (workloadsOf) => {
    const named: Named[] = []
    const { authorities } = expectOk('identityStatus', await identity.identityStatus({}))
    for (let index = 0; index < workloads; index += 1) {
      const canary = canaryOf(random)
      const authority = authorities[index % authorities.length]
      const order = { svidTtlS, ...(authority && { authority }) }
      named.push({ canary, workload: await workloadsOf.register(canary.text, order) })
    }
    return searchSealed(scenario, { traffic: 'identity traffic', ends }, async () => {
      const issued = await issuedTo(scenario, named, workloadsOf.hold)
      return {
        own: portsOf(named),
        after: async () => {
          const unsent = named.filter(({ workload }) => {
            const own = issued.filter(({ spiffeId }) => spiffeId === workload.spiffeId)
            return new Set(own.map(({ chain }) => chain[0])).size < 2
          })
          const detail = 'of workloads that were issued an SVID and a renewed one'
          doubt(observe, 'samples enough', unsent.length, { unit: 'canaries not sent', detail })
          log(`${issued.length} SVIDs whose names are canaries`)
          return { planted: plantedIn(named, issued), bytesLeast: bytesOf(issued) }
        },
      }
    })
  })
}

/** All that came over their streams until each was renewed. Who hands out no tokens is asked for SVIDs alone. */
async function issuedTo(
  { target }: Seal,
  named: readonly Named[],
  hold: Workloads['hold'],
): Promise<readonly X509Svid[]> {
  const { identity, clock } = target
  const streams = await Promise.all(named.map(({ workload }) => hold(workload.endpoint)))
  for (const { workload } of named) await identity.fetchJwtSvid({ endpoint: workload.endpoint, audience })
  const deadlineMs = clock.nowMs() + livesMost * svidTtlS * 1_000
  while (streams.some((stream) => stream.messages().length < 2) && clock.nowMs() < deadlineMs) await clock.sleep(pollMs)
  return streams.flatMap((stream) => stream.messages().flatMap(({ svids }) => svids))
}

const plantedIn = (named: readonly Named[], issued: readonly X509Svid[]): readonly [Planted, Planted] => [
  { what: 'an identity', canaries: named.map(({ canary }) => canary) },
  {
    what: 'a private key',
    canaries: issued.map(({ spiffeId, privateKeyPkcs8 }) => ({
      text: `the key of ${spiffeId}`,
      forms: formsOf(Buffer.from(privateKeyPkcs8, 'base64')),
    })),
  },
]

/** What the authority signed came from there, whatever else did. */
const bytesOf = (issued: readonly X509Svid[]): number =>
  issued.flatMap(({ chain }) => chain.slice(0, 1)).reduce((sum, leaf) => sum + Buffer.from(leaf, 'base64').length, 0)
