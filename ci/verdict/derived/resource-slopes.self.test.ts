import { expect, test } from 'vitest'
import { ObjectiveData } from '../promises.ts'
import { judgeQuantity } from '../kinds/quantity.ts'
import { pool } from '../pool.ts'
import { sla } from '../../../sla.config.ts'
import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { resourcesLevel } from '../checkers/resources-level.ts'
import { resourceSlopes } from './resource-slopes.ts'

type Item = HistoryItem<'resources-level'>
type Use = Extract<Item, { type: 'use' }>

const hourMs = 3_600_000

/** An hour of one process, read 720 times: a heap that fills and is collected, 12 handles, 30 % of a core; `change` says what was otherwise. */
function history(
  change: (use: Use, hours: number) => Use = (use) => use,
  lastsMs = hourMs,
  readings = 720,
): readonly Item[] {
  const uses = Array.from({ length: readings }, (_, index): Use => {
    const atMs = (index * lastsMs) / readings
    const residentBytes = 90e6 + (index % 7) * 2e6
    const use = {
      type: 'use',
      load: 0,
      atMs,
      instance: 'a',
      pid: 7,
      residentBytes,
      handles: 12,
      cpuMs: atMs * 0.3,
    } as const
    return change(use, atMs / hourMs)
  })
  return [{ type: 'load', load: 0, fromMs: 0, toMs: lastsMs, settleS: 60 }, ...uses]
}

function verdictOn(
  items: readonly Item[],
  id: 'memory-slope' | 'handle-slope' | 'cpu-slope',
  scope: 'full' | 'compressed',
) {
  const objective = ObjectiveData.parse(sla.objectives[id])
  if (objective.kind !== 'ceiling') throw new Error(`${id} is no ceiling`)
  const pooled = { ...pool([]), bounded: resourceSlopes(items, 0.95).bounded }
  return judgeQuantity({
    id,
    objective,
    pooled,
    confidence: 0.95,
    scope,
    repeatsExpected: 1,
    itemsClean: 0,
    comparison: null,
  })
}
const ids = ['memory-slope', 'handle-slope', 'cpu-slope'] as const

test('a process that keeps its level passes, whatever its heap does between two collections', () => {
  for (const id of ids) expect(verdictOn(history(), id, 'full')).toMatchObject({ verdict: 'PASS' })
})

test('a leak fails by what grows', () => {
  const memory = history((use, hours) => ({ ...use, residentBytes: use.residentBytes + hours * 8e6 }))
  const handles = history((use, hours) => ({ ...use, handles: use.handles + Math.floor(hours * 9) }))
  const processor = history((use, hours) => ({ ...use, cpuMs: use.cpuMs + 0.01 * hours * use.atMs }))
  expect(ids.map((id) => verdictOn(memory, id, 'full').verdict)).toEqual(['FAIL', 'PASS', 'PASS'])
  expect(ids.map((id) => verdictOn(handles, id, 'full').verdict)).toEqual(['PASS', 'FAIL', 'PASS'])
  expect(ids.map((id) => verdictOn(processor, id, 'full').verdict)).toEqual(['PASS', 'PASS', 'FAIL'])
})

test('warming up is no leak, and a slope between its bounds is in doubt', () => {
  const warming = history((use) => ({ ...use, residentBytes: use.residentBytes + Math.min(use.atMs, 55_000) * 500 }))
  expect(verdictOn(warming, 'memory-slope', 'full').verdict).toBe('PASS')
  const uncertain = history((use, hours) => ({
    ...use,
    residentBytes: use.residentBytes + hours * 5e6 + 3e6 * Math.sin(use.atMs),
  }))
  expect(verdictOn(uncertain, 'memory-slope', 'full').verdict).toBe('INCONCLUSIVE')
})

test("a compressed run may use up the hour's allowance, and no more", () => {
  const grownBy = (bytes: number) =>
    history((use) => ({ ...use, residentBytes: use.residentBytes + (bytes * use.atMs) / 300_000 }), 300_000)
  expect(verdictOn(grownBy(3e6), 'memory-slope', 'compressed').verdict).toBe('PASS')
  expect(verdictOn(grownBy(30e6), 'memory-slope', 'compressed').verdict).toBe('FAIL')
  expect(verdictOn(grownBy(3e6), 'memory-slope', 'full').verdict).not.toBe('PASS')
})

test('a process that was started anew hides its leak and is told; too few readings are in doubt', () => {
  const restarted = history((use, hours) => ({ ...use, pid: hours > 0.5 ? 8 : 7 }))
  expect(resourcesLevel(restarted)).toEqual(['a ran as 2 processes: 7, 8'])
  expect(resourcesLevel(history())).toEqual([])
  const few = history(undefined, 300_000, 10)
  expect(verdictOn(few, 'memory-slope', 'full').verdict).toBe('INCONCLUSIVE')
  const other = few.map((step) => ({ ...step, instance: 'b' }))
  expect(verdictOn([...history(), ...other], 'memory-slope', 'full').verdict).toBe('INCONCLUSIVE')
  expect(resourceSlopes([], 0.95).bounded).toEqual([])
})
