/** A share that was found among so many. */
export type FoundShare = { readonly share: number; readonly of: number }

/** So many standard deviations does chance alone part two samples by once in 1.7 million times (two-sided, normal). */
const deviations = 5

/**
 * How far apart chance may put the shares that two independent samples of one population show: five standard deviations of
 * their difference, sqrt(p (1 - p) (1/n + 1/m)) with the share p of both together (NIST/SEMATECH e-Handbook of Statistical
 * Methods, 7.3.3).
 */
export function apartMax(one: FoundShare, other: FoundShare): number {
  const pooled = (one.share * one.of + other.share * other.of) / (one.of + other.of)
  return deviations * Math.sqrt(pooled * (1 - pooled) * (1 / one.of + 1 / other.of))
}
