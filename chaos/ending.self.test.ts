import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { askEnding, watchEnding } from './ending.ts'

test('whoever begins to look out hears whoever asks, at whatever instant that is', async () => {
  const rooms = Array.from({ length: 50 }, () => mkdtempSync(join(tmpdir(), 'ending-')))
  const endings = rooms.map((room) => {
    const ending = watchEnding(room)
    askEnding(room, 'SIGINT')
    return ending
  })
  let heard = 0
  for (const { asked } of endings) void asked.then(() => (heard += 1))
  await expect.poll(() => heard, { timeout: 2_000 }).toBe(rooms.length)
  for (const { close } of endings) close()
  for (const room of rooms) rmSync(room, { recursive: true })
})
