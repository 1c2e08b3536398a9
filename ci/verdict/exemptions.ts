import { z } from 'zod'

/** A requirement that is known to fail and is let through for a while: named, reasoned, owned, and only while it still fails. */
export const Exemption = z.object({
  requirement: z.string().min(1),
  reason: z.string().min(1),
  owner: z.string().min(1),
  /** The last day on which it holds, UTC. */
  expires: z.iso.date(),
  /** Where the decision is written down. */
  reference: z.string().min(1),
})
export type Exemption = z.infer<typeof Exemption>

export const Exemptions = z.array(Exemption)

/** Whether the exemption still holds at this instant (ISO 8601). */
export function holdsAt(exemption: Exemption, at: string): boolean {
  return at.slice(0, 10) <= exemption.expires
}

/**
 * What is wrong with the exemptions of a run: an expired one, one that matches nothing that ran, and
 * one whose requirement passes. Each is red by itself, or the list would only ever grow.
 */
export function staleExemptions(
  exemptions: readonly Exemption[],
  at: string,
  judged: readonly { readonly id: string; readonly verdict: string }[],
): readonly string[] {
  return exemptions.flatMap((exemption) => {
    const { requirement, owner } = exemption
    if (!holdsAt(exemption, at)) {
      return [`The exemption of ${requirement} expired on ${exemption.expires}: ${owner} fixes it or renews it.`]
    }
    const matching = judged.filter((row) => row.id === requirement)
    if (matching.length === 0) return [`The exemption of ${requirement} matches nothing that ran: remove it.`]
    if (!matching.some((row) => row.verdict === 'EXEMPT' || row.verdict === 'INCONCLUSIVE')) {
      return [`The exemption of ${requirement} is stale, for it no longer fails: remove it.`]
    }
    return []
  })
}
