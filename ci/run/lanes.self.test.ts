import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test, vi } from 'vitest'
import type { LoadShapeName, Tier } from '../../sla.config.ts'
import { samplePlan } from '../verdict/sample-plan.ts'
import type { LoadedRow } from './k6-lane.ts'
import { readClaims } from './claims.ts'
import { bearingCompany, runLanes, sharing } from './lanes.ts'
import type { OwnedProcess, Warden } from './warden-client.ts'

const loaded = (requirement: string, ...shapes: LoadShapeName[]): LoadedRow => ({
  row: { requirement, tier: 'processes', scope: 'compressed', repeats: 1 },
  shapes,
})
const groupsOf = (...rows: readonly LoadedRow[]) =>
  sharing(rows).map((group) => group.map(({ row }) => row.requirement).sort())

test('rows that share a load, be it through another row, run together; the others by themselves', () => {
  const [peak, burst] = [loaded('EVT-PEAK', 'events-peak'), loaded('EVT-BURST', 'events-burst')]
  const errors = loaded('EVT-ERRORS', 'events-peak', 'events-burst')
  const verify = loaded('SLA-VERIFY', 'beacon-batches', 'signature-batches')
  expect(groupsOf(peak, verify, burst, errors)).toEqual([['SLA-VERIFY'], ['EVT-BURST', 'EVT-ERRORS', 'EVT-PEAK']])
  expect(groupsOf(peak, burst)).toEqual([['EVT-PEAK'], ['EVT-BURST']])
  expect(groupsOf()).toEqual([])
})

const root = fileURLToPath(new URL('../..', import.meta.url))
const claims = await readClaims(root)
const room = mkdtempSync(join(tmpdir(), 'meshcert-lanes-'))
afterAll(() => rmSync(room, { recursive: true, force: true }))

test('simulated rows go on beside those live ones alone that say so, whoever else shares their file', () => {
  const files = [...new Set(claims.map(({ file }) => file))]
  const { company, alone } = bearingCompany(files, claims)
  expect(company.toSorted()).toEqual(
    ['events', 'identity', 'learning', 'mesh'].map((part) => `chaos/under/${part}.test.ts`),
  )
  expect(alone).toHaveLength(files.length - company.length)
  const [file = ''] = company
  const stranger = { requirement: 'LOAD-100', tiers: ['processes'], file, shape: null } as const
  expect(bearingCompany([file], [...claims, stranger])).toEqual({ company: [], alone: [file] })
})

/** A run's lanes, whose processes end when they are told to; `seen` is what became of it, in order. */
function lanesOf(rows: readonly (readonly [requirement: string, tier: Tier])[]) {
  const seen: string[] = []
  const ends = new Map<string, () => void>()
  const launch: Warden['launch'] = async ({ name, env }) => {
    seen.push(`${name}${env?.['MESHCERT_GIVES_WAY'] === undefined ? '' : ', giving way'}`)
    const { promise: exit, resolve } = Promise.withResolvers<{ code: number; signal: null }>()
    ends.set(name, () => resolve({ code: 0, signal: null }))
    return { exit } as Partial<OwnedProcess> as OwnedProcess
  }
  const planned = rows.map(([requirement, tier]) => ({ requirement, tier, scope: 'full', repeats: 1 }) as const)
  const options = {
    root,
    directory: room,
    plan: samplePlan(planned, { plan: 'quick' }),
    claims,
    handle: null,
    runner: null,
    warden: { launch } as Partial<Warden> as Warden,
    say: () => undefined,
    endTarget: async () => void seen.push('the target ends'),
  } as Partial<Parameters<typeof runLanes>[0]> as Parameters<typeof runLanes>[0]
  const end = async (name: string): Promise<void> => {
    await vi.waitFor(() => expect(ends.has(name)).toBe(true))
    ends.get(name)?.()
  }
  return { seen, end, going: runLanes(options) }
}

test('a lane begins once the one before has ended, and simulation beside the rows that bear its company', async () => {
  const under = ['CHAOS-UNDER-f', 'processes'] as const
  const rows = [
    ['CHAOS-NET-1', 'processes'],
    ['CHAOS-NET-1', 'simulation'],
  ] as const
  const shared = lanesOf([...rows, under])
  await shared.end('processes')
  await shared.end('processes-in-company')
  await vi.waitFor(() => expect(shared.seen).toContain('the target ends'))
  await shared.end('simulation')
  await shared.going
  expect(shared.seen.slice(0, 4).toSorted()).toEqual(
    ['processes', 'processes-in-company', 'simulation, giving way', 'the target ends'].toSorted(),
  )
  expect([shared.seen[0], shared.seen[3]]).toEqual(['processes', 'the target ends'])
  const apart = lanesOf(rows)
  for (const name of ['processes', 'simulation']) await apart.end(name)
  await apart.going
  expect(apart.seen).toEqual(['processes', 'the target ends', 'simulation'])
})
