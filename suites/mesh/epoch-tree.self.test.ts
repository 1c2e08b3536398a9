import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { leafHash, treeRoot } from '../../fixtures/crypto/merkle.ts'
import { treeHead, wrongHeads } from './epoch-tree.ts'

const digest = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest()

test("agrees with the reference's tree for every small number of batches, and with no wrong tree of three", () => {
  for (let count = 0; count <= 40; count += 1) {
    const texts = Array.from({ length: count }, (_, index) => `batch ${index}`)
    const leaves = texts.map((text) => leafHash(digest, Buffer.from(text)))
    expect(treeHead(texts)).toBe(Buffer.from(treeRoot(digest, leaves)).toString('hex'))
  }
  const three = ['a', 'b', 'c']
  const heads = Object.values(wrongHeads).map((head) => head(three))
  expect(new Set([treeHead(three), ...heads]).size).toBe(heads.length + 1)
})
