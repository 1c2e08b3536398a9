import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockTarget } from './target-lock.ts'

/** A target that all of its planes are reached at one URL of. */
const at = (url: string) => ({
  description: { name: 'theirs', capabilities: ['control', 'mesh'] as const },
  wire: { urlOf: () => url },
})
/** A port that nobody else's test takes: nothing listens there, a lock is of the address alone. */
const port = 20_000 + (process.pid % 30_000)

test('a target that a run has is refused to a second one by whatever name, with the run that has it', async () => {
  const release = await lockTarget(at(`http://127.0.0.1:${port}`), 'run first (process 1 of ada)')
  await expect(lockTarget(at(`http://localhost:${port}/api/`), 'run second')).rejects.toThrow(
    `Target theirs at 127.0.0.1:${port} is being tested by run first (process 1 of ada)`,
  )
  // Another target is another matter.
  ;(await lockTarget(at(`http://127.0.0.1:${port + 1}`), 'run second'))()
  release()
  ;(await lockTarget(at(`http://localhost:${port}`), 'run second'))()
})

test('one that is refused keeps nothing of what it got before', async () => {
  const release = await lockTarget(at(`http://127.0.0.1:${port}`), 'run first')
  const both = {
    ...at(''),
    wire: { urlOf: (plane: string) => `http://127.0.0.1:${plane === 'mesh' ? port : port - 1}` },
  }
  await expect(lockTarget(both, 'run second')).rejects.toThrow(/tested by run first/)
  ;(await lockTarget(at(`http://127.0.0.1:${port - 1}`), 'run third'))()
  release()
})

test('a run elsewhere on this machine counts, and no longer once it is killed', { timeout: 60_000 }, async () => {
  const room = mkdtempSync(join(tmpdir(), 'elsewhere-'))
  const module = new URL('target-lock.ts', import.meta.url).href
  const url = `http://127.0.0.1:${port}`
  const program = `import { lockTarget } from '${module}'
    await lockTarget({ description: { name: 'theirs', capabilities: ['mesh'] }, wire: { urlOf: () => '${url}' } }, 'run elsewhere')
    console.log('has it'); setInterval(() => undefined, 1000)`
  const other = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    env: { ...process.env, TMPDIR: room },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(other.stdout, 'data')
  await expect(lockTarget(at(url), 'run here')).rejects.toThrow(/tested by run elsewhere/)
  other.kill('SIGKILL')
  await once(other, 'exit')
  ;(await lockTarget(at(url), 'run here'))()
  rmSync(room, { recursive: true })
})

test('without a network in between there is no address to be held', async () => {
  const own = { description: { name: 'mine', capabilities: ['mesh'] as const } }
  const releases = [await lockTarget(own, 'one'), await lockTarget(own, 'other')]
  expect(releases).toHaveLength(2)
  for (const release of releases) release()
})
