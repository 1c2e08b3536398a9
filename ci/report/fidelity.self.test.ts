import { expect, test } from 'vitest'
import { sla, type FidelityRow } from '../../sla.config.ts'
import type { Evidence, Observation } from '../../suites/evidence/record.ts'
import { createLatencyHistogram } from '../../suites/evidence/histogram.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import { history, premise, record } from '../verdict/sample-evidence.ts'
import { agreementOf, fidelityOf, type MeasuredFidelity } from './fidelity.ts'
import { fidelityCells, fidelityHeadline } from './fidelity-text.ts'

const recovery: FidelityRow = {
  quantity: 'recovery, median',
  unit: 's',
  simulation: { requirement: 'FAULT', medianOf: 'recovery' },
  processes: { requirement: 'FAULT', medianOf: 'recovery' },
  differenceMax: 0.25,
}
const recoveries = (values: number[], censored = 0): Observation => ({
  type: 'series',
  name: 'recovery',
  unit: 's',
  values,
  censored,
})
const ran = (tier: Evidence['tier'], observations: Observation[], change: Partial<Evidence> = {}): Evidence =>
  record({ requirement: 'FAULT', tier, observations, ...change })
const storedOf = (...evidence: readonly Evidence[]) => ({ evidence, histories: new Map(), documents: new Map() })
const only = (rows: readonly MeasuredFidelity[]): MeasuredFidelity => {
  const [first] = rows
  if (first === undefined) throw new Error('no row')
  return first
}

test('medians within the bound agree, beyond it they differ', () => {
  const live = ran('processes', [recoveries([2])])
  const near = only(fidelityOf(storedOf(ran('simulation', [recoveries([1.6, 1.7, 9])]), live), [recovery]))
  expect(near.simulation).toEqual({ value: 1.7, n: 3 })
  expect(agreementOf(near)).toEqual({ word: 'agrees', difference: expect.closeTo(0.15, 9) })
  const far = only(fidelityOf(storedOf(ran('simulation', [recoveries([1.4])]), live), [recovery]))
  expect(agreementOf(far)).toEqual({ word: 'differs', difference: expect.closeTo(0.3, 9) })
  expect(fidelityCells(far).cells).toEqual([
    'FAULT',
    'recovery, median',
    '1.4 s (n = 1)',
    '2 s (n = 1)',
    '–',
    '30 %',
    '25 %',
  ])
})

test('a side that did not run, was not believed, measured nothing or never ended is missing, never green', () => {
  const simulated = ran('simulation', [recoveries([1.6])])
  const broken = { premises: [premise('foreign load', 2, true)] }
  const others: readonly (readonly Evidence[])[] = [
    [],
    [ran('processes', [recoveries([1.6])], broken)],
    [ran('processes', [recoveries([1.6])], { aborted: 'gave up' })],
    [ran('processes', [])],
    [ran('processes', [recoveries([1.6], 2)])],
    [ran('containers', [recoveries([1.6])])],
  ]
  const said = others.map((live) => {
    const row = only(fidelityOf(storedOf(simulated, ...live), [recovery]))
    expect(agreementOf(row)).toEqual({ word: 'one side missing' })
    return 'missing' in row.processes ? row.processes.missing : 'there'
  })
  expect(said).toEqual([
    'FAULT did not run there',
    'FAULT could not be believed there',
    'FAULT could not be believed there',
    'nothing was measured',
    '2 of 3 never ended',
    'FAULT did not run there',
  ])
})

test('the headline speaks of one as of one', () => {
  const live = ran('processes', [recoveries([2])])
  const near = only(fidelityOf(storedOf(ran('simulation', [recoveries([1.7])]), live), [recovery]))
  const far = only(fidelityOf(storedOf(ran('simulation', [recoveries([1.4])]), live), [recovery]))
  expect(fidelityHeadline([near, far])).toBe('1 of 2 quantities agrees within its bound; 1 differs.')
  expect(fidelityHeadline([near, near, far, far])).toBe('2 of 4 quantities agree within their bounds; 2 differ.')
})

test('containers are held against the simulation beside the processes, and the farther of the two counts', () => {
  const row: FidelityRow = { ...recovery, containers: { requirement: 'FAULT', medianOf: 'recovery' } }
  const told = (...live: readonly Evidence[]) => {
    const found = only(fidelityOf(storedOf(ran('simulation', [recoveries([1.6])]), ...live), [row]))
    return { ...agreementOf(found), cell: fidelityCells(found).cells[4] }
  }
  const processes = ran('processes', [recoveries([1.5])])
  const inContainers = (seconds: number) => ran('containers', [recoveries([seconds])])
  expect(told(processes, inContainers(2))).toEqual({
    word: 'agrees',
    difference: expect.closeTo(0.2, 9),
    cell: '2 s (n = 1)',
  })
  expect(told(processes, inContainers(4)).word).toBe('differs')
  // Without processes nothing agrees, and yet what differs is told.
  expect(told(inContainers(2)).word).toBe('one side missing')
  expect(told(inContainers(4)).word).toBe('differs')
  expect(told(processes)).toMatchObject({ word: 'agrees', cell: 'missing: FAULT did not run there' })
})

test('what was counted once is compared as it was counted', () => {
  const row: FidelityRow = {
    ...recovery,
    unit: 'nodes',
    simulation: { requirement: 'FAULT', countOf: 'size' },
    processes: { requirement: 'FAULT', countOf: 'size' },
  }
  const size = (value: number): Observation => ({ type: 'counter', name: 'size', unit: 'nodes', value, overS: 0 })
  const found = only(fidelityOf(storedOf(ran('simulation', [size(1_800)]), ran('processes', [size(1_500)])), [row]))
  expect(agreementOf(found)).toEqual({ word: 'agrees', difference: expect.closeTo(0.2, 9) })
})

test('live runs on record stand for a row that did not run, and are said to be of before', () => {
  const row: FidelityRow = { ...recovery, recorded: { requirement: 'FAULT', medianOf: 'live recovery' } }
  const simulated = ran('simulation', [recoveries([1.6]), { ...recoveries([1.5, 1.6, 1.7]), name: 'live recovery' }])
  const before = only(fidelityOf(storedOf(simulated), [row]))
  expect(before.processes).toEqual({ value: 1.6, n: 3, recorded: true })
  expect(fidelityCells(before).cells[3]).toBe('1.6 s (3 recorded runs)')
  const both = only(fidelityOf(storedOf(simulated, ran('processes', [recoveries([2])])), [row]))
  expect(both.processes).toEqual({ value: 2, n: 1 })
})

test('a run that knows nothing of any quantity has no table', () => {
  expect(fidelityOf(storedOf(record()))).toEqual([])
})

test('latencies are compared at their quantile, periods between starts of cycles that follow one another', () => {
  const histogram = createLatencyHistogram([])
  for (let ms = 1; ms <= 100; ms += 1) histogram.record(ms)
  const rows: readonly FidelityRow[] = [
    {
      ...recovery,
      unit: 'ms',
      simulation: { requirement: 'FAULT', medianOf: 'modelled' },
      processes: { requirement: 'FAULT', latency: 'latency', quantile: 0.5 },
    },
    {
      ...recovery,
      unit: 'ms',
      simulation: { requirement: 'FAULT', periodOf: 'cycles' },
      processes: { requirement: 'FAULT', periodOf: 'cycles' },
    },
  ]
  const cycle = (loop: string, number: number, startedAtMs: number) => ({
    type: 'cycle',
    loop,
    cycle: number,
    dueAtMs: startedAtMs,
    startedAtMs,
    endedAtMs: startedAtMs,
    symptoms: [],
    actions: [],
  })
  // Loop b misses a cycle: what lies over the gap is no period.
  const cycles = [cycle('a', 0, 0), cycle('b', 0, 5), cycle('a', 1, 100), cycle('b', 2, 405), cycle('a', 2, 202)]
  const stored = {
    ...storedOf(
      ran('simulation', [{ ...recoveries([49]), name: 'modelled' }, history('cycles-on-time', 5)]),
      ran('processes', [histogram.observation('latency')]),
    ),
    histories: new Map([['h', cycles]]),
  }
  const [latency, period] = fidelityOf(stored, rows)
  if (latency === undefined || period === undefined) throw new Error('no rows')
  expect(latency.processes).toEqual({ value: expect.closeTo(50, 1), n: 100 })
  expect(agreementOf(latency).word).toBe('agrees')
  expect(period.simulation).toEqual({ value: 101, n: 2 })
  expect(fidelityHeadline([latency, period])).toBe(
    '1 of 2 quantities agrees within its bound; of 1 a side is missing, which shows nothing.',
  )
})

test('the table names rows of the catalogue, each on a tier where it is judged', () => {
  for (const { simulation, processes, containers, recorded } of sla.fidelity) {
    for (const [tier, { requirement }] of [
      ['simulation', simulation],
      ['simulation', recorded ?? simulation],
      ['processes', processes],
      ...(containers ? [['containers', containers] as const] : []),
    ] as const) {
      const row = catalogue.find(({ id }) => id === requirement)
      expect([requirement, row?.where]).toEqual([requirement, expect.arrayContaining([tier])])
    }
  }
})
