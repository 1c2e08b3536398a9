import { createPublicKey, verify } from 'node:crypto'
import { PeerRoot, signingContexts, type Equivocation } from '../contract/mesh.ts'
import type { PeerKey } from './peer.ts'

/** The root in a statement; null when it is something else. */
function rootIn(statement: string): PeerRoot | null {
  try {
    return PeerRoot.parse(JSON.parse(Buffer.from(statement, 'base64').toString('utf8')))
  } catch {
    return null
  }
}

/** As somebody checks it who knows nothing of the mesh: with the key named in it. */
export function holds({ origin, epoch, publicKey, context, statements }: Equivocation, key: PeerKey): boolean {
  // Batches and deltas differ by right: only two roots of one epoch contradict each other.
  if (publicKey !== key.publicKey || context !== signingContexts.root) return false
  const stranger = createPublicKey({
    key: Buffer.from(publicKey, 'base64'),
    format: 'raw-public',
    asymmetricKeyType: 'ml-dsa-65',
  })
  const roots = statements.map(({ statement }) => rootIn(statement))
  if (!roots.every((root) => root?.peerId === origin && root.epoch === epoch)) return false
  if (new Set(roots.map((root) => root?.head)).size !== 2) return false
  return statements.every(({ statement, signature }) =>
    verify(
      null,
      Buffer.from(statement, 'base64'),
      { key: stranger, context: Buffer.from(context) },
      Buffer.from(signature, 'base64'),
    ),
  )
}
