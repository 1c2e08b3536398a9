import { signingContexts, type MeshPlane, type PeerReceipt, type PeerRoot } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'
import { treeHead } from './epoch-tree.ts'
import { batchText, signText, type PeerKey } from './peer.ts'

export const batchesPerEpoch = 3
export const beaconsPerBatch = 8

/** A peer of the suite that keeps what it posted, by epoch. */
export class Member {
  readonly id: string
  readonly key: PeerKey
  readonly #mesh: MeshPlane
  readonly #nowMs: () => number
  #next = 0

  constructor(mesh: MeshPlane, nowMs: () => number, joined: { readonly id: string; readonly key: PeerKey }) {
    this.#mesh = mesh
    this.#nowMs = nowMs
    this.id = joined.id
    this.key = joined.key
  }

  batch(epoch: number, first: number, count = beaconsPerBatch): string {
    const scheduledAtMs = this.#nowMs()
    const beacons = Array.from({ length: count }, (_, index) => ({
      sequence: first + index,
      scheduledAtMs,
      payload: `beacon ${first + index}`,
    }))
    return batchText({ peerId: this.id, epoch, beacons })
  }

  post(batch: string) {
    const signature = signText(batch, this.key, signingContexts.beacons)
    return this.#mesh.postBeacons({ peerId: this.id, batch, signature })
  }

  /** Posts the batches of an epoch; answers their texts. */
  async epoch(epoch: number): Promise<string[]> {
    const texts: string[] = []
    for (let index = 0; index < batchesPerEpoch; index += 1) {
      const text = this.batch(epoch, this.#next)
      this.#next += beaconsPerBatch
      expectOk('postBeacons', await this.post(text))
      texts.push(text)
    }
    return texts
  }

  root(epoch: number, texts: readonly string[], change: Partial<PeerRoot> = {}): string {
    return JSON.stringify({ peerId: this.id, epoch, batches: texts.length, head: treeHead(texts), ...change })
  }

  postRoot(root: string, signature = signText(root, this.key, signingContexts.root)) {
    return this.#mesh.postRoot({ peerId: this.id, root, signature })
  }

  async receipts(): Promise<PeerReceipt[]> {
    return expectOk('peerReceipts', await this.#mesh.peerReceipts({ peerId: this.id }))
  }
}
