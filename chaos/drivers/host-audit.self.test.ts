import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { auditDifference, auditHost } from './host-audit.ts'

/** A shell that does what it is told line by line, as a component of a target; answers how the host sees it once it has said that it is done. */
async function shell() {
  const child = spawn('sh', { stdio: ['pipe', 'pipe', 'ignore'], detached: true })
  onTestFinished(() => void process.kill(-(child.pid ?? 0), 'SIGKILL'))
  return async (line: string) => {
    child.stdin.write(`${line}\necho done\n`)
    await once(child.stdout, 'data')
    return auditHost([{ role: 'database', instance: 'one', pid: child.pid ?? null, state: 'up', starts: 1 }])
  }
}

test('a worker that a process forks of itself is no residue', async () => {
  const after = await shell()
  expect(
    auditDifference(await after(':'), await after('{ while :; do read -r line </proc/self/stat; done; } &')),
  ).toEqual([])
})

test('a program that was started below a process is one', async () => {
  const after = await shell()
  expect(
    auditDifference(
      await after(':'),
      await after('sleep 60 & while read -r it </proc/$!/comm && [ "$it" != sleep ]; do :; done'),
    ),
  ).toEqual([
    'now database one has 1 children with programs of their own',
    'no longer database one has 0 children with programs of their own',
  ])
})
