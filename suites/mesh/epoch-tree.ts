import { createHash } from 'node:crypto'

const sha256 = (...parts: readonly Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()

const leafOf = (text: string): Buffer => sha256(Buffer.of(0), Buffer.from(text))
const nodeOf = (left: Buffer, right: Buffer): Buffer => sha256(Buffer.of(1), left, right)

/** Level by level, what is left over moves up: the same tree as RFC 6962's recursion, written the other way round. */
function headOver(leaves: readonly Buffer[], node: (left: Buffer, right: Buffer) => Buffer, doubles: boolean): Buffer {
  let level = [...leaves]
  while (level.length > 1) {
    const above: Buffer[] = []
    for (let at = 0; at < level.length; at += 2) {
      const [left, right] = [level[at], level[at + 1] ?? (doubles ? level[at] : undefined)]
      if (left !== undefined) above.push(right === undefined ? left : node(left, right))
    }
    level = above
  }
  return level[0] ?? sha256()
}

/** Head of the RFC 6962 tree over the texts, in hex. */
export const treeHead = (texts: readonly string[]): string => headOver(texts.map(leafOf), nodeOf, false).toString('hex')

/** Heads that a careless implementation would take for the right one. */
export const wrongHeads: Readonly<Record<string, (texts: readonly string[]) => string>> = {
  'a tree whose last leaf is doubled': (texts) => headOver(texts.map(leafOf), nodeOf, true).toString('hex'),
  'a tree without prefixes for leaves and nodes': (texts) =>
    headOver(
      texts.map((text) => sha256(Buffer.from(text))),
      (left, right) => sha256(left, right),
      false,
    ).toString('hex'),
  'the batches in another order': (texts) => treeHead([...texts].reverse()),
}
