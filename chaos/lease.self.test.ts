import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { ControlPlane, FaultPrimitive } from '../suites/contract/control.ts'
import { definite, ok } from '../suites/contract/outcome.ts'
import { controlPlaneDriver } from './drivers/control-plane.ts'
import { processDriver } from './drivers/process.ts'
import type { EffectProof } from './effect.ts'
import { askEnding, watchEnding } from './ending.ts'
import { fileJournal, underLease, type FaultOrder, type HeldLease, type Journal, type JournalEntry } from './lease.ts'

/** A target's faults in a hand-driven time: each ends by itself when its lease is over. */
function faultyTarget() {
  let now = 1_000
  const active = new Map<string, { fault: FaultPrimitive; leaseMs: number; expiresAtMs: number }>()
  const expire = () => {
    for (const [id, { expiresAtMs }] of active) if (expiresAtMs <= now) active.delete(id)
  }
  const control: ControlPlane = {
    describe: async () => definite('not asked'),
    components: async () => ok([]),
    processProfiles: async () => ok([]),
    processMemory: async () => ok([]),
    injectFault: async ({ fault, leaseMs }) => {
      active.set('f1', { fault, leaseMs, expiresAtMs: now + leaseMs })
      return ok({ faultId: 'f1', appliedAtMs: now })
    },
    renewFault: async ({ faultId }) => {
      expire()
      const held = active.get(faultId)
      if (held === undefined) return definite('the lease is over', 404)
      held.expiresAtMs = now + held.leaseMs
      return ok({ expiresAtMs: held.expiresAtMs })
    },
    undoFault: async ({ faultId }) => {
      active.delete(faultId)
      return ok({ undoneAtMs: now, residue: [] })
    },
    activeFaults: async () => {
      expire()
      return ok([...active].map(([faultId, { fault, expiresAtMs }]) => ({ faultId, fault, scope: {}, expiresAtMs })))
    },
  }
  const sleep = async (ms: number): Promise<void> => {
    now += ms
  }
  const clock = { nowMs: () => now, sleep }
  return { description: { name: 'faulty' }, faults: 'allowed', control, clock } as const
}

const proven: EffectProof = { proven: true, provenAtMs: 1_200, seen: 'silence' }
const order: FaultOrder = {
  fault: 'crash',
  strike: { fault: 'crash', scope: { nodes: ['a'] } },
  leaseMs: 3_000,
}

function setUp() {
  const entries: JournalEntry[] = []
  const journal: Journal = { write: (entry) => void entries.push(entry), close: () => undefined }
  const target = faultyTarget()
  const { control, clock } = target
  const options = {
    driver: controlPlaneDriver('test', target),
    order,
    clock,
    journal,
    prove: async () => proven,
    run: async () => 'done',
    proveUndone: async () => [] as string[],
  }
  return { options, target, control, clock, steps: () => entries.map(({ step }) => step) }
}

describe('a run that is ended from outside', () => {
  const withEnding = (directory: string) => {
    const { options, control, steps } = setUp()
    const ending = watchEnding(directory)
    return { options: { ...options, journal: { ...options.journal, ending } }, control, steps, close: ending.close }
  }
  const directory = () => mkdtempSync(join(tmpdir(), 'ending-'))
  /** Whether a fault has come to its end, which it never does in a run that is being ended. */
  const isOver = (fault: Promise<unknown>) => Promise.race([fault.then(() => true), delay(50).then(() => false)])

  test('undoes the fault that is held, whatever its scenario waits for, and records nothing more', async () => {
    const room = directory()
    const { options, control, steps, close } = withEnding(room)
    const fault = underLease({ ...options, run: () => new Promise<never>(() => undefined) })
    await expect.poll(steps).toContain('effect')
    askEnding(room, 'SIGINT')
    await expect.poll(steps).toEqual(['intent', 'armed', 'injected', 'effect', 'aborted', 'undone'])
    expect(await control.activeFaults({})).toEqual(ok([]))
    expect(await isOver(fault)).toBe(false)
    close()
    rmSync(room, { recursive: true })
  })

  test('brings no further fault in', async () => {
    const room = directory()
    askEnding(room, 'SIGTERM')
    const { options, control, steps, close } = withEnding(room)
    expect(await isOver(underLease(options))).toBe(false)
    expect([steps(), await control.activeFaults({})]).toEqual([[], ok([])])
    close()
    rmSync(room, { recursive: true })
  })
})

describe('the order of a leased fault', () => {
  test('is intent, armed, injected, effect, undone, gone', async () => {
    const { options, steps } = setUp()
    const { value, record } = await underLease(options)
    expect(steps()).toEqual(['intent', 'armed', 'injected', 'effect', 'undone', 'gone'])
    expect(value).toBe('done')
    expect(record).toMatchObject({ injectedAtMs: 1_000, effectProvenAtMs: 1_200, undoneAtMs: 1_000, residue: [] })
  })

  test('runs nothing without a proven effect, and still undoes', async () => {
    const { options, control, steps } = setUp()
    const prove = async (): Promise<EffectProof> => ({ proven: false, provenAtMs: null, seen: 'beacons go on' })
    const { value, record } = await underLease({ ...options, prove })
    expect(value).toBeNull()
    expect(record.effectProvenAtMs).toBeNull()
    expect(steps()).toEqual(['intent', 'armed', 'injected', 'no effect', 'undone', 'gone'])
    expect(await control.activeFaults({})).toEqual(ok([]))
  })

  test('undoes when the scenario fails', async () => {
    const { options, control, steps } = setUp()
    const run = () => Promise.reject(new Error('scenario failed'))
    await expect(underLease({ ...options, run })).rejects.toThrow('scenario failed')
    expect(steps().at(-1)).toBe('undone')
    expect(await control.activeFaults({})).toEqual(ok([]))
  })

  test('keeps what is left as residue', async () => {
    const { options, steps } = setUp()
    const { record } = await underLease({ ...options, proveUndone: async () => ['a is down'] })
    expect(record.residue).toEqual(['a is down'])
    expect(steps().at(-1)).toBe('residue')
  })

  test('renews no more often than every third of the lease', async () => {
    const { options, clock, steps } = setUp()
    const run = async ({ renew }: HeldLease) => {
      for (let index = 0; index < 10; index += 1) {
        await clock.sleep(500)
        await renew()
      }
    }
    await underLease({ ...options, run })
    expect(steps().filter((step) => step === 'renewed')).toHaveLength(5)
  })

  test('refuses a target without the label before it is asked for anything', async () => {
    const { options, target, steps } = setUp()
    const asked: string[] = []
    const control = new Proxy(target.control, { get: (_, verb) => asked.push(String(verb)) })
    const { faults: _, ...bare } = { ...target, control }
    const drivers = [controlPlaneDriver('test', bare), processDriver(bare)]
    for (const driver of drivers)
      await expect(underLease({ ...options, driver })).rejects.toThrow(
        /nothing was touched: faulty does not carry the label/,
      )
    expect(steps()).toEqual(['intent', 'intent'])
    expect(asked).toEqual([])
  })

  test('refuses to inject while another fault is active', async () => {
    const { options, control, steps } = setUp()
    await control.injectFault({ fault: 'pause', scope: { nodes: ['b'] }, leaseMs: 60_000 })
    await expect(underLease(options)).rejects.toThrow(/still active: wait for its lease, or undo it/)
    expect(steps()).toEqual(['intent'])
  })
})

test('a runner that dies leaves a fault that ends with its lease, and a journal that tells', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lease-'))
  const file = join(directory, 'faults.ndjson')
  const { options, control, clock } = setUp()
  // The scenario never comes back: nothing of ours undoes or renews from here on.
  const forever = new Promise<string>(() => undefined)
  const running = new Promise<void>((resolve) => {
    void underLease({
      ...options,
      journal: fileJournal(file),
      run: () => {
        resolve()
        return forever
      },
    })
  })
  await running
  expect(await control.activeFaults({})).toMatchObject({ ok: true, value: [{ faultId: 'f1' }] })
  await clock.sleep(order.leaseMs)
  expect(await control.activeFaults({})).toEqual(ok([]))
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const steps = lines.map((line) => String(JSON.parse(line).step))
  expect(steps).toEqual(['intent', 'armed', 'injected', 'effect'])
  rmSync(directory, { recursive: true })
})

describe('SIGKILL by the process driver', () => {
  function supervised() {
    const target = faultyTarget()
    const component = { role: 'events', instance: '0', pid: 4_711 as number | null, state: 'up' as const, starts: 1 }
    const killed: number[] = []
    const driver = processDriver({
      ...target,
      control: { ...target.control, components: async () => ok([{ ...component }]) },
      kill: (pid) => {
        killed.push(pid)
        component.starts += 1
        component.pid = pid + 1
      },
    })
    return { driver, killed, component }
  }
  const kill = (pid: number): FaultOrder => ({
    fault: 'kill',
    strike: { fault: 'kill', scope: { pid } },
    leaseMs: 1_000,
  })

  test('signals only a pid that the target reports', async () => {
    const { driver, killed } = supervised()
    await expect(driver.arm(kill(1))).rejects.toThrow(/No component of the target that is up has pid 1/)
    await expect(driver.inject(kill(1))).rejects.toThrow(/No component/)
    expect(killed).toEqual([])
  })

  test("is undone by the supervisor's restart", async () => {
    const { driver, killed } = supervised()
    const applied = await driver.inject(kill(4_711))
    expect(killed).toEqual([4_711])
    expect((await driver.undo(applied)).residue).toEqual([])
  })

  test('leaves residue when nobody starts the process again', async () => {
    const { driver, component } = supervised()
    const applied = await driver.inject(kill(4_711))
    component.starts = 1
    expect((await driver.undo(applied)).residue).toEqual(['events 0 was not started again in 1000 ms'])
  })
})
