import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { watchEnding } from '../../chaos/ending.ts'
import { fileJournal, journalName, type LeaseStep } from '../../chaos/lease.ts'
import { faultsInForce, mend } from './cut-short.ts'

/** A run with a journal of these steps. */
function runWith(steps: readonly (readonly [LeaseStep, string])[]) {
  const directory = mkdtempSync(join(tmpdir(), 'cut-short-'))
  const journal = fileJournal(join(directory, journalName))
  const write = (step: LeaseStep, fault: string) => journal.write({ step, fault, atMs: 1, detail: '' })
  for (const [step, fault] of steps) write(step, fault)
  const remove = () => {
    journal.close()
    rmSync(directory, { recursive: true })
  }
  return { directory, write, remove }
}

test('a fault is in force from its intent until it is undone, one that ends badly included', () => {
  const { directory, remove } = runWith([
    ['intent', 'crash'],
    ['injected', 'crash'],
    ['undone', 'crash'],
    ['residue', 'crash'],
    ['intent', 'pause'],
    ['intent', 'loss'],
    ['intent', 'pause'],
    ['undone', 'pause'],
  ])
  appendFileSync(join(directory, journalName), '{"step":"undone","fa')
  expect(faultsInForce(directory)).toEqual(['loss', 'pause'])
  remove()
  expect(faultsInForce(directory)).toEqual([])
})

test('whoever holds a fault is asked to undo it, and is waited for', async () => {
  const { directory, write, remove } = runWith([['intent', 'pause']])
  const ending = watchEnding(directory)
  void ending.asked.then(() => write('undone', 'pause'))
  const waiting = { directories: [directory], withinMs: 20_000 }
  expect(await mend('SIGINT', waiting)).toEqual({ undone: ['pause'], left: [] })
  ending.close()
  remove()
})

test('a fault that nobody undoes is left to its lease', async () => {
  const { directory, remove } = runWith([['intent', 'crash']])
  expect(await mend('SIGINT', { directories: [directory], withinMs: 50 })).toEqual({ undone: [], left: ['crash'] })
  remove()
})

test('a run that has broken nothing ends at once', async () => {
  const { directory, remove } = runWith([])
  writeFileSync(join(directory, 'plan.json'), '{}')
  const startMs = performance.now()
  expect(await mend('SIGTERM', { directories: [directory] })).toEqual({ undone: [], left: [] })
  expect(performance.now() - startMs).toBeLessThan(1_000)
  remove()
})
