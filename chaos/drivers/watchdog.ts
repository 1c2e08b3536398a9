/** A watchdog as whoever orders a fault has it: it is armed before the fault and holds it, whatever becomes of us. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { z } from 'zod'

const lastWordsMax = 2_000

export type WatchdogOptions = {
  /** Its program, and the argument that it is told as JSON. */
  readonly file: string
  readonly argument: object
  /** Takes back what it has left where it was killed itself; answers a line for each. */
  readonly sweep: () => Promise<readonly string[]>
}

export class Watchdog {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  readonly #sweep: WatchdogOptions['sweep']
  #lastWords = ''

  constructor({ file, argument, sweep }: WatchdogOptions) {
    this.#sweep = sweep
    // A group of its own: what is sent to ours, the terminal's signals included, does not reach it.
    this.#child = spawn(process.execPath, [file, JSON.stringify(argument)], {
      detached: true,
      // Nor does it hold an end of ours, by which somebody waits for our own.
      stdio: 'pipe',
    })
    this.#child.on('error', () => undefined)
    // Killed itself, it has left its fault: that is over at once, and whoever asks for it hears so.
    this.#child.on('exit', () => void sweep().catch(() => undefined))
    this.#child.stdin.on('error', () => undefined)
    this.#child.stderr.on('data', (text: Buffer) => {
      this.#lastWords = `${this.#lastWords}${text.toString()}`.slice(-lastWordsMax)
    })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  tell(line: 'inject' | 'renew' | 'undo'): void {
    this.#child.stdin.write(`${line}\n`)
  }

  /** Its next line, in this form; the fault's own end by its lease comes in place of what was waited for. */
  async next<T>(form: z.ZodType<T>): Promise<T> {
    const { value, done } = await this.#lines.next()
    if (done === true) {
      const swept = await this.#sweep()
      throw new Error(
        `The watchdog of the fault ended before it had answered. ${[...swept, this.#lastWords].join('\n')}`,
      )
    }
    return form.parse(JSON.parse(value))
  }
}
