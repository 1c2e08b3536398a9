import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Tier } from '../../sla.config.ts'
import type { Capability } from '../../suites/contract/route.ts'
import type { Apart, Part } from '../../suites/requirement.ts'

/** Whether a process lives that was given this directory for its temporary files, as its children are. */
function livesFrom(pid: string, room: string): boolean {
  try {
    if (readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) return false
    return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(room)
  } catch {
    return false
  }
}

/** Node keeps its compiled code where temporary files go: that is nothing of a runner's. */
const leftIn = (room: string): readonly string[] => [
  ...readdirSync(room)
    .filter((name) => name !== 'node-compile-cache')
    .map((name) => `file ${name}`),
  ...readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && livesFrom(name, room))
    .map((pid) => `process ${pid}`),
]

/** What a simulated world is made of. */
type World = { readonly seed: string; readonly planes?: readonly Capability[] }

/**
 * Starts a process of its own that drives the run's target. Its standard input is our end of a pipe: whatever becomes of
 * us, it goes.
 */
export async function startApart(
  options: Part & World & { readonly runDirectory: string; readonly tier: Tier },
): Promise<Apart> {
  const { runDirectory, ...asked } = options
  const file = fileURLToPath(new URL('apart.ts', import.meta.url))
  const room = mkdtempSync(join(runDirectory, 'apart-'))
  const child = spawn(process.execPath, [file, JSON.stringify(asked)], {
    env: { ...process.env, MESHCERT_RUN: runDirectory, TMPDIR: room },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let lastWords = ''
  child.stderr.on('data', (text: Buffer) => {
    lastWords = `${lastWords}${text.toString()}`.slice(-2_000)
  })
  const gone = new Promise<string>((resolve, reject) => {
    child.once('close', (code, signal) => resolve(signal ?? `exit ${code}`))
    child.once('error', reject)
  })
  gone.catch(() => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  if (child.pid === undefined) throw new Error(`A process apart could not be started: is the machine out of processes?`)
  return {
    pid: child.pid,
    line: async () => {
      const next = await lines.next()
      if (next.done === true) throw new Error(`The runner apart ended before its next line: ${lastWords}`)
      return next.value
    },
    kill: async () => {
      child.kill('SIGKILL')
      return gone
    },
    sweep: () => {
      const left = leftIn(room)
      rmSync(room, { recursive: true })
      return left
    },
  }
}
