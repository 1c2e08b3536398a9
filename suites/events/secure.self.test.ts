import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { ok } from '../contract/outcome.ts'
import type { Observe } from '../evidence/recorder.ts'
import { observeListeners } from './listeners.ts'
import { observeNotShown, type Place } from './planted-secrets.ts'

/** A pen that keeps what is wrong. */
function penOf(said: string[]): Observe {
  const unused = (): never => {
    throw new Error('Nobody writes this here.')
  }
  return {
    duration: unused,
    count: unused,
    proportion: unused,
    measure: unused,
    history: unused,
    fault: unused,
    failure: unused,
    file: unused,
    check: (name, holds, seen) => void (holds || said.push(`${name}: ${seen}`)),
    premise: ({ measured, limit, unit, detail }) => void (measured > limit && said.push(`${unit}: ${detail}`)),
  }
}

test('a process that nobody can look into breaks a premise, beside one that listens on loopback alone', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // More than Linux ever gives a process as its number.
  const nobody = 2 ** 22 + 1
  const listening = async (...pids: readonly number[]) => {
    const said: string[] = []
    const components = pids.map((pid) => ({ role: 'self', instance: 'one', state: 'up', starts: 1, pid }) as const)
    const target = { control: { components: async () => ok(components) } }
    await observeListeners({ target, observe: penOf(said), log: () => undefined })
    return said
  }
  try {
    expect(await listening(process.pid)).toEqual([])
    expect(await listening(process.pid, nobody)).toEqual([expect.stringContaining(`pid ${nobody}`)])
  } finally {
    server.close()
  }
})

test('a file that cannot be searched breaks a premise, and a secret is found in the others', async () => {
  const said: string[] = []
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  async function* searched(): AsyncGenerator<Place> {
    yield { name: 'logs/one.log', bytes: bytes('nothing') }
    yield { name: 'records/two.json.gz', bytes: bytes('nothing so far') }
    yield { name: 'records/two.json.gz', bytes: null }
    yield { name: 'metrics', bytes: bytes('path="hush-hush"') }
  }
  await observeNotShown({ observe: penOf(said) }, [{ what: 'a path', text: 'hush-hush' }], searched())
  expect(said).toEqual([
    'files that could not be searched: records/two.json.gz',
    'no secret is shown: a path is in metrics',
  ])
})
