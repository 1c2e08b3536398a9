import { createSocket } from 'node:dgram'
import { z } from 'zod'
import type { Capture, Captured, Packet } from './capture.ts'

/** What the run says about its capture service, in `MESHCERT_CAPTURE`. */
const Access = z.union([z.object({ url: z.url() }), z.object({ missing: z.string() })])

/** A port where nobody listens: the text travels all the same. */
const discardPort = 9
const protocols: Readonly<Record<number, Packet['protocol']>> = { 6: 'tcp', 17: 'udp' }

/** Captures the host's loopback interface by the run's capture service; answers why not, where that can't be had. */
export async function captureLoopback(): Promise<Capture | string> {
  const said = process.env['MESHCERT_CAPTURE']
  if (said === undefined)
    return 'no capture service was started: this row runs through `npx meshcert gate` or `certify`'
  const access = Access.parse(JSON.parse(said))
  if ('missing' in access) return access.missing
  const started = await fetch(`${access.url}/start`, { method: 'POST' })
  if (!started.ok) return (await started.text()).trim()
  return {
    sendInClear: async (text) => {
      const socket = createSocket('udp4')
      await new Promise<void>((resolve, reject) => {
        socket.send(text, discardPort, '127.0.0.1', (error) => (error === null ? resolve() : reject(error)))
      }).finally(() => socket.close())
    },
    end: async () => {
      const ended = await fetch(`${access.url}/stop`, { method: 'POST' })
      if (!ended.ok) throw new Error(`The capture did not end: ${await ended.text()}`)
      const dropped = droppedIn(ended.headers.get('x-capture'))
      return { dropped, packets: packetsIn(Buffer.from(await ended.arrayBuffer())) }
    },
  }
}

const Figures = z.object({ dropped: z.int().nonnegative().nullable() })

/** What the capture says that it lost; null where it does not know, or says nothing that can be read. */
export function droppedIn(header: string | null): Captured['dropped'] {
  try {
    return Figures.parse(JSON.parse(header ?? '{}')).dropped
  } catch {
    return null
  }
}

/** Packets one after another, each behind its length in 4 bytes, from the IP header on. */
export function packetsIn(bytes: Buffer): Captured['packets'] {
  const packets: Packet[] = []
  for (let at = 0; at + 4 <= bytes.length;) {
    const end = at + 4 + bytes.readUInt32LE(at)
    packets.push(packetOf(bytes.subarray(at + 4, end)))
    at = end
  }
  return packets
}

/** Whatever is no whole UDP or TCP packet is kept as it is, so that nothing escapes a search. */
function packetOf(bytes: Buffer): Packet {
  const other: Packet = { protocol: 'other', from: '', to: '', payload: bytes }
  const version = (bytes[0] ?? 0) >> 4
  const headerBytes = version === 6 ? 40 : ((bytes[0] ?? 0) & 15) * 4
  const protocol = protocols[bytes[version === 6 ? 6 : 9] ?? 0]
  const body = bytes.subarray(headerBytes)
  if (protocol === undefined || body.length < (protocol === 'udp' ? 8 : 20)) return other
  const skipped = protocol === 'udp' ? 8 : ((body[12] ?? 0) >> 4) * 4
  const [from, to] = [`${body.readUInt16BE(0)}`, `${body.readUInt16BE(2)}`]
  return { protocol, from, to, payload: body.subarray(skipped) }
}
