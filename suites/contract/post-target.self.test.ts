import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { barePoster } from './post-target.ts'

/** The first byte of a TLS connection: a record of its handshake (RFC 8446, section 5.1). */
const handshake = 22

test('a target that is served over TLS is posted to over TLS, and one that is not served over HTTP is refused', async () => {
  const first: number[] = []
  const server = createServer((socket) => {
    socket.once('data', (bytes) => {
      first.push(bytes[0] ?? 0)
      socket.destroy()
    })
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { post, close } = barePoster()
  try {
    const address = server.address()
    const host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    expect(await post({ url: `https://${host}/`, headers: {}, body: '' })).toMatchObject({ status: null })
    expect(first).toEqual([handshake])
    await expect(post({ url: `mesh://${host}/`, headers: {}, body: '' })).rejects.toThrow('URL of http or https')
  } finally {
    close()
    server.close()
  }
})
