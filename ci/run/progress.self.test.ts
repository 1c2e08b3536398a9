import { expect, test } from 'vitest'
import { progressOf } from './requirement-runner.ts'
import { progressLine, readProgressLine, readVerdictLine } from './verdict-line.ts'

test('a long scenario tells twice a minute how much is left, and a short one nothing', () => {
  let nowMs = 1_000
  const shown: string[] = []
  const progress = progressOf(
    { requirement: 'SELF-UNDO', tier: 'processes' },
    (text) => void shown.push(text),
    () => nowMs,
  )
  for (let done = 0; done <= 8; done += 1) {
    progress(done, 8)
    nowMs += 12_000
  }
  expect(shown).toEqual([
    'SELF-UNDO on processes: 3 of 8, 1 min left if it goes on like that',
    'SELF-UNDO on processes: 6 of 8, 0 min left if it goes on like that',
  ])
  const [line = ''] = shown.map(progressLine)
  expect([readProgressLine(line), readVerdictLine(line), readProgressLine('any other')]).toEqual([shown[0], null, null])
})
