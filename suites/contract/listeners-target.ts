import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect } from 'node:tls'

/** A TCP port on which a process of this machine takes connections. */
export type Listener = { readonly address: string; readonly port: number; readonly isLoopback: boolean }

const listening = '0A'
const handshakeWithinMs = 3_000

/** The kernel writes an address as words of four bytes, each in the machine's own order; every machine that we run on is little-endian. */
function bytesOf(hex: string): readonly number[] {
  const words = hex.match(/.{8}/g) ?? []
  return words.flatMap((word) => [...Buffer.from(word, 'hex')].reverse())
}

function addressOf(hex: string): Pick<Listener, 'address' | 'isLoopback'> {
  const bytes = bytesOf(hex)
  const isMapped = bytes.length === 16 && bytes.slice(0, 12).join() === '0,0,0,0,0,0,0,0,0,0,255,255'
  if (bytes.length === 4 || isMapped) {
    const four = bytes.slice(-4)
    return { address: four.join('.'), isLoopback: four[0] === 127 }
  }
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((bytes[2 * at] ?? 0) * 256 + (bytes[2 * at + 1] ?? 0)).toString(16),
  )
  return { address: groups.join(':'), isLoopback: groups.join() === '0,0,0,0,0,0,0,1' }
}

/** Where a process of this machine listens; null where the system does not tell. */
export function listenersOf(pid: number): readonly Listener[] | null {
  try {
    const own = new Set(
      readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        try {
          return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
        } catch {
          // Closed since the folder was read.
          return []
        }
      }),
    )
    return ['tcp', 'tcp6'].flatMap((table) =>
      readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .flatMap((line) => {
          const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
          const [hex = '', port = ''] = local.split(':')
          return state === listening && own.has(inode) ? [{ ...addressOf(hex), port: Number.parseInt(port, 16) }] : []
        }),
    )
  } catch {
    return null
  }
}

/** Whether a listener of this machine completes a TLS handshake; whom its certificate names is not asked here. */
export function speaksTls({ address, port }: Listener): Promise<boolean> {
  const everywhere = /^0\.0\.0\.0$|^0(:0){7}$/.test(address)
  const host = everywhere ? '127.0.0.1' : address
  return new Promise((resolve) => {
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: handshakeWithinMs })
    const end = (speaks: boolean) => {
      socket.destroy()
      resolve(speaks)
    }
    socket.once('secureConnect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}
