import type { Random } from '../contract/random.ts'
import { flowOf, type Capture, type Captured, type Packet } from '../contract/capture.ts'

/** Letters whose lowest bit may be flipped and that stay letters: texts of them come in twins. */
const even = 'bdfhjlnprtvx'
export const fillerChars = 1_024
const tokenBytes = 24

/** A text that nobody else would ever send, and how to find it in whatever form it may travel. */
export type Canary = { readonly text: string; readonly forms: readonly Buffer[] }

/** Base64 of a text depends on where it begins: the part that all three beginnings leave whole, for each. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    return encoded.slice(4, -4)
  })
}

/** The bytes that show a text, or other bytes, in each form in which they may be written down. */
export function formsOf(planted: string | Buffer): readonly Buffer[] {
  const bytes = Buffer.from(planted)
  const written = [bytes.toString('hex'), ...base64Forms(bytes)].map((form) => Buffer.from(form))
  return [bytes, ...(typeof planted === 'string' ? [Buffer.from(planted, 'utf16le')] : []), ...written]
}

export function canaryOf(random: Random): Canary {
  const text = `canary-${Buffer.from(random.bytes(tokenBytes)).toString('hex')}`
  return { text, forms: formsOf(text) }
}

/**
 * Two texts that differ in the lowest bit of every letter. A stream cipher that uses one key stream for
 * both lets the difference through: the two ciphertexts differ in exactly those bits too.
 */
export function twins(random: Random): readonly [string, string] {
  const letters = Array.from({ length: fillerChars }, () => even[random.integer(0, even.length - 1)] ?? 'b')
  const other = letters.map((letter) => String.fromCharCode(letter.charCodeAt(0) ^ 1))
  return [letters.join(''), other.join('')]
}

const findIn = (packets: readonly Packet[], { forms }: Canary): Packet | undefined =>
  packets.find(({ payload }) => forms.some((form) => payload.includes(form)))

/** The first packet that shows a canary, in words; null when none does. */
export function showing(packets: readonly Packet[], canary: Canary): string | null {
  const packet = findIn(packets, canary)
  return packet === undefined ? null : `a ${packet.protocol} packet ${flowOf(packet)} of ${packet.payload.length} bytes`
}

const contractRequest = /^(GET|POST|PUT|DELETE) \/v1\//

/** How many packets a search did not see; where nobody knows, it may have been all of them. */
export const unseen = ({ dropped }: Pick<Captured, 'dropped'>): number => dropped ?? Number.MAX_VALUE

/**
 * Without the conversations between the suite and the target's API: the peers' own posts go there in clear, on loopback,
 * and are no traffic of the mesh. They are known by the ports of the target's URLs and by the contract's requests:
 * nodes that talk to each other in such words at ports of their own are searched.
 */
export function withoutApi({ packets }: Captured, apiPorts: readonly string[]): readonly Packet[] {
  const ports = new Set(apiPorts)
  const talks = new Set<string>()
  for (const packet of packets) {
    if (packet.protocol !== 'tcp' || !ports.has(packet.to)) continue
    if (!contractRequest.test(packet.payload.toString('latin1', 0, 12))) continue
    talks.add(flowOf(packet)).add(flowOf({ from: packet.to, to: packet.from }))
  }
  return packets.filter((packet) => packet.protocol !== 'tcp' || !talks.has(flowOf(packet)))
}

/** Bytes of packets that may hold a filler: beacons are many and small, and show nothing of deltas. */
export const fillerBytes = (packets: readonly Packet[]): number =>
  packets.reduce((sum, { payload }) => sum + (payload.length > fillerChars ? payload.length : 0), 0)

/** What is captured while `body` runs; a capture that nobody ends would go on for the rows that follow. */
export async function capturing(capture: Capture, body: () => Promise<void>): Promise<Captured> {
  try {
    await body()
  } catch (error) {
    // What broke off first is what to tell of.
    await capture.end().catch(() => undefined)
    throw error
  }
  return capture.end()
}

const blockBytes = 64
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/**
 * Two packets of one direction that differ, over 64 bytes at one place, in the lowest bit of every byte
 * and in nothing else: twins under one key stream. Chance makes them once in 2^512.
 */
export function sharedKeyStream(packets: readonly Packet[]): string | null {
  const seen = new Map<string, string>()
  for (const packet of packets) {
    const { payload } = packet
    for (let at = 0; at + blockBytes <= payload.length && payload.length > fillerChars; at += blockBytes) {
      const block = payload.subarray(at, at + blockBytes)
      const key = `${flowOf(packet)}/${at}/${latin1(block.map((byte) => byte & 0xfe))}`
      const flipped = latin1(block.map((byte) => byte ^ 1))
      if (seen.get(key) === flipped) return `two packets ${flowOf(packet)} share a key stream at byte ${at}`
      seen.set(key, latin1(block))
    }
  }
  return null
}
