import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Component, ControlPlane } from '../suites/contract/control.ts'
import { ok } from '../suites/contract/outcome.ts'
import { randomFrom } from '../suites/contract/random.ts'
import type { Observe } from '../suites/evidence/recorder.ts'
import type { AppliedFault, Premise } from '../suites/evidence/record.ts'
import { killOne, untilForgiven } from './kill.ts'
import { fileJournal } from './lease.ts'

test('a process that is told to be up after its kill was not killed: no scenario, and a fault without effect', async () => {
  const victim = spawn('sleep', ['60'])
  const component: Component = { role: 'any', instance: 'any', pid: victim.pid ?? 0, state: 'up', starts: 1 }
  let nowMs = 0
  const clock = { nowMs: () => nowMs, sleep: async (ms: number) => void (nowMs += ms) }
  const control = { components: async () => ok([component]) } as Partial<ControlPlane> as ControlPlane
  const premises: Premise[] = []
  const faults: AppliedFault[] = []
  const observe = {
    premise: (premise: Premise) => premises.push(premise),
    fault: (fault: AppliedFault) => faults.push(fault),
    check: () => undefined,
  } as Partial<Observe> as Observe
  const room = mkdtempSync(join(tmpdir(), 'meshcert-kill-'))
  const journal = fileJournal(join(room, 'faults.ndjson'))
  let ran = false
  const { value } = await killOne(
    {
      target: { description: { name: 'any' }, faults: 'allowed', clock, control },
      observe,
      random: randomFrom('kill'),
    },
    {
      role: 'any',
      journal,
      run: async () => {
        ran = true
      },
    },
  )
  journal.close()
  rmSync(room, { recursive: true })
  expect({ ran, value }).toEqual({ ran: false, value: null })
  expect(premises).toMatchObject([{ claim: 'fault effect', measured: 1, limit: 0, noise: false }])
  expect(faults).toMatchObject([{ fault: 'kill', effectProvenAtMs: null }])
})

test('a crash waits for as long as the target says that its supervisor remembers, of that role alone, and in no virtual time', async () => {
  const one = (role: string, forgivenAfterMs?: number): Component => ({
    role,
    instance: role,
    pid: 1,
    state: 'up',
    starts: 1,
    ...(forgivenAfterMs !== undefined && { forgivenAfterMs }),
  })
  const waits = async (told: readonly Component[], tier: 'processes' | 'simulation' = 'processes') => {
    let nowMs = 0
    const measured: (number | null)[] = []
    const clock = { nowMs: () => nowMs, sleep: async (ms: number) => void (nowMs += ms) }
    const control = { components: async () => ok([...told]) } as Partial<ControlPlane> as ControlPlane
    const measure: Observe['measure'] = (_, __, value) => void measured.push(value)
    const observe = { measure } as Partial<Observe> as Observe
    const target = { description: { name: 'any' }, faults: 'allowed', clock, control } as const
    await untilForgiven({ target, tier, observe }, 'identity')
    return { nowMs, measured }
  }
  const silent = { nowMs: 0, measured: [] }
  expect(await waits([one('identity'), one('learning', 9_000)])).toEqual(silent)
  expect(await waits([one('identity', 12_000), one('identity', 3_000)])).toEqual({ nowMs: 12_000, measured: [12] })
  expect(await waits([one('identity', 12_000)], 'simulation')).toEqual(silent)
})
