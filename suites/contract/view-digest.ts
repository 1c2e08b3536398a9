import { hash } from 'node:crypto'

/**
 * Who is in a view, in 64 hexadecimal digits: the SHA-256 digests of its members' names (UTF-8), combined by exclusive or, so
 * that no order has to be agreed upon and members can be taken in and out one by one; zeros for an empty view. Views of equal
 * size and digest hold the same members.
 */
export function viewDigest(members: Iterable<string>): string {
  const sum = Buffer.alloc(32)
  for (const name of members) {
    const digest = hash('sha256', name, 'buffer')
    for (let at = 0; at < sum.length; at += 1) sum[at] = (sum[at] ?? 0) ^ (digest[at] ?? 0)
  }
  return sum.toString('hex')
}

/** What is told of the view of a node that is down. */
export const emptyView = { viewSize: 0, viewDigest: viewDigest([]) } as const
