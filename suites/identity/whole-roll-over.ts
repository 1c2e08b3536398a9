import type { AuthorityKind, HeldStream, SvidMessage } from '../contract/identity.ts'
import { expectOk } from '../contract/outcome.ts'
import { withWorkloads } from '../contract/workloads.ts'
import type { Scenario } from '../requirement.ts'
import { finishEarlier, rollOver } from './roll-overs.ts'

const workloads = 6
/** Lives longer than the scenario: every change that comes is the roll-over's. */
const svidTtlS = 3_600

/**
 * Of every authority in turn: the new one is published, signs, and the old one is dropped. Nobody may at any time hold an
 * SVID to which somebody else's bundle does not lead.
 */
export async function rollOverAll(scenario: Scenario<'identity'>): Promise<void> {
  const { identity } = scenario.target
  const { random } = scenario
  const { authorities } = expectOk('identityStatus', await identity.identityStatus({}))
  await withWorkloads({ identity, random }, async ({ register, hold }) => {
    for (const authority of authorities) {
      await finishEarlier(identity, authority)
      const open = async (name: string, of: AuthorityKind): Promise<HeldStream<SvidMessage>> =>
        hold((await register(`${name}-${of}`, { svidTtlS, authority: of })).endpoint)
      const streams = await Promise.all(
        Array.from({ length: workloads }, (_, index) => open(`own-${index}`, authority)),
      )
      const other = authorities.find((kind) => kind !== authority)
      const foreign = other === undefined ? null : await open(`foreign-to-${authority}`, other)
      await rollOver(scenario, { authority, streams, foreign })
    }
  })
}
