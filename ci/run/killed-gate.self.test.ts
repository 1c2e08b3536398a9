import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Whether a live process works below `room`, or got it as its directory for temporary files: a database overwrites its environment. */
function belongsTo(pid: string, room: string): boolean {
  try {
    if (readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) return false
    return (
      readlinkSync(`/proc/${pid}/cwd`).startsWith(room) || readFileSync(`/proc/${pid}/environ`, 'utf8').includes(room)
    )
  } catch {
    return false
  }
}

const processesOf = (room: string): readonly string[] =>
  readdirSync('/proc').filter((name) => /^\d+$/.test(name) && belongsTo(name, room))

/** npm keeps its compiled code where temporary files go: that is nothing of ours. */
const filesIn = (room: string): readonly string[] => readdirSync(room).filter((name) => name !== 'node-compile-cache')

/** Starts a gate and kills it by SIGKILL `afterMs` after it printed a line that holds `until`. */
async function killGate(room: string, by: 'node' | 'npm', until: string, afterMs: number): Promise<void> {
  const starts = { node: [process.execPath, join(root, 'ci/meshcert.mjs'), 'gate'], npm: ['npm', 'run', 'gate', '--'] }
  const [command, ...args] = [...starts[by], '--only', 'EVT-NOLOSS']
  const gate = spawn(command, args, {
    cwd: root,
    env: { ...process.env, TMPDIR: room },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lines = createInterface({ input: gate.stderr })
  for await (const line of lines) if (line.includes(until)) break
  await delay(afterMs)
  expect(processesOf(room).length).toBeGreaterThan(1)
  gate.kill('SIGKILL')
}

// From before the target starts to the middle of a fault: each moment leaves other things to clear away.
test.each<['node' | 'npm', string, number]>([
  ['node', 'run ', 150],
  ['node', 'run ', 700],
  ['node', 'target ', 0],
  ['node', 'lane ', 2_500],
  ['npm', 'target ', 0],
])(
  'a gate started by %s and killed after "%s" and %i ms leaves no process and no lock behind within 5 s',
  { timeout: 240_000 },
  async (by, until, afterMs) => {
    // Its own directory for temporary files holds its scratch and its lock, and nothing else.
    const room = mkdtempSync(join(tmpdir(), 'mc-'))
    // As root, the database runs as nobody, who must get through to its scratch directory.
    chmodSync(room, 0o755)
    await killGate(room, by, until, afterMs)
    await expect.poll(() => [...processesOf(room), ...filesIn(room)], { timeout: 5_000, interval: 100 }).toEqual([])
    rmSync(room, { recursive: true })
  },
)
