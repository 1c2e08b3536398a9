import type { Socket } from 'node:net'

/** Counts what goes through sockets of the suite, both ways, as HTTP or SMTP write it: without what TCP and IP add. */
export type Traffic = {
  /** Counts this socket from now on; one that is counted already stays counted once. */
  readonly watch: (socket: Socket) => void
  /** Bytes so far, of sockets that are closed, too. */
  readonly bytes: () => number
}

export function countTraffic(): Traffic {
  const open = new Set<Socket>()
  let closed = 0
  const of = (socket: Socket) => socket.bytesRead + socket.bytesWritten
  return {
    watch: (socket) => {
      if (open.has(socket) || socket.destroyed) return
      open.add(socket)
      socket.once('close', () => {
        open.delete(socket)
        closed += of(socket)
      })
    },
    bytes: () => [...open].reduce((sum, socket) => sum + of(socket), closed),
  }
}
