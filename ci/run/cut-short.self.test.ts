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

test('whoever holds a fault is asked to undo it, and is waited for; who does not answer is left to the lease', async () => {
  const [held, orphaned] = [runWith([['intent', 'pause']]), runWith([['intent', 'crash']])]
  const ending = watchEnding(held.directory)
  void ending.asked.then(() => held.write('undone', 'pause'))
  expect(await mend('SIGINT', { directories: [held.directory, orphaned.directory], withinMs: 300 })).toEqual({
    undone: ['pause'],
    left: ['crash'],
  })
  ending.close()
  held.remove()
  orphaned.remove()
})

test('a run that has broken nothing ends at once', async () => {
  const { directory, remove } = runWith([])
  writeFileSync(join(directory, 'plan.json'), '{}')
  const startMs = performance.now()
  expect(await mend('SIGTERM', { directories: [directory] })).toEqual({ undone: [], left: [] })
  expect(performance.now() - startMs).toBeLessThan(1_000)
  remove()
})
