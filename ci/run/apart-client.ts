import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Tier } from '../../sla.config.ts'
import type { Apart, Part } from '../../suites/requirement.ts'

/**
 * Starts a process of its own that drives the run's live target. Its standard input is our end of a pipe: whatever becomes of
 * us, it goes.
 */
export async function startApart(
  options: Part & { readonly runDirectory: string; readonly tier: Tier },
): Promise<Apart> {
  const { module, input, runDirectory, tier } = options
  const file = fileURLToPath(new URL('apart.ts', import.meta.url))
  const child = spawn(process.execPath, [file, JSON.stringify({ module, input, tier })], {
    env: { ...process.env, MESHCERT_RUN: runDirectory },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let lastWords = ''
  child.stderr.on('data', (text: Buffer) => {
    lastWords = `${lastWords}${text.toString()}`.slice(-2_000)
  })
  const gone = new Promise<void>((resolve, reject) => {
    child.once('close', () => resolve())
    child.once('error', reject)
  })
  gone.catch(() => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    line: async () => {
      const next = await lines.next()
      if (next.done === true) throw new Error(`The runner apart ended before its next line: ${lastWords}`)
      return next.value
    },
    kill: async () => {
      child.kill('SIGKILL')
      await gone
    },
  }
}
