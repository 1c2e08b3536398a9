import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { startChannelReceivers } from './channel-receivers-target.ts'
import { startReceiver } from './receiver-target.ts'

/** Begins a request and goes away in the middle of it, as a sender does that is killed or has waited too long. */
async function cut(url: string): Promise<void> {
  const { hostname, port, pathname } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.end(`POST ${pathname} HTTP/1.1\r\nHost: self\r\nContent-Length: 100\r\n\r\n{"half`)
  socket.resume()
  await once(socket, 'close')
}

test('a request that was cut off has not arrived, and is not malformed either', async () => {
  const alerts = await startReceiver()
  const channels = await startChannelReceivers()
  try {
    for (const [url, { malformed }] of [
      [alerts.url, alerts],
      [channels.addresses.slack?.url ?? '', channels],
    ] as const) {
      await cut(url)
      const whole = await fetch(url, { method: 'POST', body: '{"half' })
      expect(whole.ok).toBe(false)
      expect(malformed()).toHaveLength(1)
    }
  } finally {
    await alerts.close()
    await channels.close()
  }
})
