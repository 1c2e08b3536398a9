import type { CrashLoop } from '../../suites/contract/control.ts'
import type { FaultyContainer } from './engine.ts'

/**
 * Kills a container, and with a loop again and again: it is started in between, and after the last time it is down until the
 * end. Without a loop it is killed once.
 */
export function crashLoop(container: Pick<FaultyContainer, 'kill' | 'start'>, loop: CrashLoop | null) {
  const crashes = loop?.crashes ?? 1
  let turn: NodeJS.Timeout | undefined
  let isOver = false
  /** What the engine is asked for at present: its end waits for it. */
  let asked: Promise<unknown> = Promise.resolve()
  const kill = (left: number): Promise<unknown> => {
    if (left > 1) turn = setTimeout(() => (asked = start(left - 1)), loop?.downMs)
    return container.kill({ signal: 'SIGKILL' })
  }
  const start = async (left: number): Promise<void> => {
    await container.start().catch(() => undefined)
    if (!isOver) turn = setTimeout(() => (asked = kill(left).catch(() => undefined)), loop?.upMs)
  }
  return {
    begin: (): Promise<unknown> => kill(crashes),
    end: async (): Promise<void> => {
      isOver = true
      clearTimeout(turn)
      await asked
      // An engine takes it for done where it is up.
      await container.start()
    },
  }
}
