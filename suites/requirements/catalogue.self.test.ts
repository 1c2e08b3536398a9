import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { sla } from '../../sla.config.ts'
import type { LoadShape, ObjectiveId } from '../../sla.config.ts'
import { catalogue } from './index.ts'
import type { Profile, RequirementRow } from './requirement-row.ts'

/** The programme's own list: one line per id, with the letters of where it must hold wherever a table states them. */
const stated = readFileSync(new URL('ids.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const [id = '', ...where] = line.split(' ')
    return { id, where }
  })

const letters = { simulation: 'S', processes: 'P', containers: 'C', cluster: 'K' } as const
/** Rows split for each of their limits, as `-a`, `-b`, …: the document carries them as one. */
const documentId = (id: string): string => id.replace(/-[a-z]$/, '')
const rows: readonly RequirementRow[] = catalogue
const inSection = (pattern: RegExp) => rows.filter(({ id }) => pattern.test(id))
const withProfile = (profile: Profile) => rows.filter(({ profiles }) => profiles.includes(profile)).map(({ id }) => id)
const ids = (list: readonly RequirementRow[]) => list.map(({ id }) => id)

const meshSection = /^(LOAD|SLA|MESH|ID)-/
const meshChaos = /^CHAOS-/

describe('catalogue', () => {
  test('carries every id of the programme once, and no other but CONTRACT', () => {
    expect(stated).toHaveLength(177)
    expect(new Set(ids(rows)).size).toBe(rows.length)
    const carried = [...new Set(ids(rows).map(documentId))].filter((id) => id !== 'CONTRACT')
    expect(carried.sort()).toEqual(stated.map(({ id }) => id).sort())
  })

  test('asks for each row where the programme asks for it', () => {
    const asked = stated.filter(({ where }) => where.length > 0)
    expect(asked.length).toBeGreaterThan(120)
    for (const { id, where } of asked) {
      // Each part holds on the tiers of its rows, all of them together on those that are asked for.
      if (['CHAOS-UNDER', 'CHAOS-STORE-1', 'EVT-BURST', 'MESH-BOOT-1000'].includes(id)) {
        const shown = new Set(
          rows.filter((row) => documentId(row.id) === id).flatMap((row) => row.where.map((tier) => letters[tier])),
        )
        expect([...shown].sort()).toEqual([...where].sort())
        continue
      }
      for (const row of rows.filter((candidate) => documentId(candidate.id) === id)) {
        const shown = row.where.map((tier) => letters[tier]).sort()
        // Its database part also holds on processes: the claim says so, the table's column does not.
        expect({ id, shown }).toEqual({ id, shown: (id === 'K8S-DR' ? ['K', 'P'] : [...where]).sort() })
      }
    }
  })

  test('is MUST except for the rows that the programme marks SHOULD', () => {
    expect(ids(rows.filter(({ level }) => level === 'SHOULD'))).toEqual(['ID-JWT', 'K8S-20'])
  })

  test('gives each row the profiles that the programme names', () => {
    const thousand = ids(inSection(/^(LOAD-(1000|MODEL-c|LIMIT)|SLA-BEACON-RATE|MESH-BOOT-1000.*)$/))
    const mesh = [...ids(inSection(meshSection)), ...ids(inSection(meshChaos))]
    expect(withProfile('mesh-1000').sort()).toEqual(mesh.sort())
    expect(withProfile('mesh-500').sort()).toEqual(mesh.filter((id) => !thousand.includes(id)).sort())
    const identity = ['SLA-SVID-LATENCY', 'SLA-IDENTITY-RATE', 'SLA-SPIFFE-UP', ...ids(inSection(/^CHAOS-UNDER-b$/))]
    const crypto = ['CHAOS-CRYPTO-4', 'CHAOS-CRYPTO-5', 'CHAOS-CRYPTO-7', 'CHAOS-STORE-1-b']
    expect(withProfile('identity').sort()).toEqual([...ids(inSection(/^ID-/)), ...identity, ...crypto].sort())
    const learning = [...ids(inSection(/^(FL-|CHAOS-UNDER-[cd]$)/)), 'CHAOS-BYZ-7', 'CHAOS-STORE-1']
    expect(withProfile('learning').sort()).toEqual(learning.sort())
    const events = [...ids(inSection(/^(EVT-|CHAOS-UNDER-[ef]$)/)), 'CHAOS-STORE-1']
    expect(withProfile('events').sort()).toEqual(events.sort())
    expect(withProfile('audit')).toEqual(ids(inSection(/^AUDIT-/)))
    expect(withProfile('observability')).toEqual(ids(inSection(/^OBS-/)))
    expect(withProfile('platform')).toEqual(ids(inSection(/^K8S-/)))
    expect(ids(rows.filter(({ profiles }) => profiles.length === 0))).toEqual([
      'CONTRACT',
      ...ids(inSection(/^(DOC|SELF)-/)),
    ])
  })

  test('excludes nothing but the external audit, with its reason, and shows all else somewhere', () => {
    expect(ids(rows.filter(({ excluded }) => excluded !== undefined))).toEqual(['AUDIT-EXTERNAL'])
    expect(ids(rows.filter(({ where }) => where.length === 0))).toEqual(['AUDIT-EXTERNAL'])
  })

  test('uses every objective of the shared config', () => {
    const used = new Set<ObjectiveId>([
      ...rows.flatMap(({ objective, further = [] }) => [objective, ...further]),
      ...Object.values(sla.loadShapes).flatMap(({ objectives }) => objectives),
    ])
    expect(Object.keys(sla.objectives).filter((id) => !used.has(id as ObjectiveId))).toEqual([])
  })
})

describe('shared config', () => {
  const known = new Set(ids(rows))

  test('names only requirements of the catalogue', () => {
    const named = [
      ...Object.values<LoadShape>(sla.loadShapes).flatMap(({ claims, alsoFor = [] }) => [claims, ...alsoFor]),
      ...Object.values(sla.plans).flatMap(({ leftOut }) => leftOut.map(({ id }) => id)),
      ...Object.keys(sla.chaos.rows),
    ]
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((id) => !known.has(id))).toEqual([])
  })

  test('judges chaos rows with an outage by recovery, the others by detection or by what must hold all the while', () => {
    for (const [id, { outage }] of Object.entries(sla.chaos.rows)) {
      if (id === 'CHAOS-BYZ-8') continue
      const row = rows.find((candidate) => candidate.id === id)
      // What the faults of other rows do to the mesh is judged there: this one asks what holds while they are in force.
      if (id === 'CHAOS-CRYPTO-7') {
        expect(row?.objective).toBe('holds')
        continue
      }
      expect({ id, fits: (outage ? ['recovery'] : ['detection', 'holds']).includes(String(row?.objective)) }).toEqual({
        id,
        fits: true,
      })
    }
  })

  test('offers each load shape enough samples for its quantile at the plan’s confidence', () => {
    for (const [name, shape] of Object.entries(sla.loadShapes)) {
      const objective = sla.objectives[shape.latency]
      // A shape that is judged by invariants alone needs no share of samples.
      if (shape.objectives.every((judged) => sla.objectives[judged].kind === 'invariant')) continue
      if (objective.kind !== 'latency') throw new Error(`${name} names ${shape.latency}, which is no latency`)
      for (const plan of ['gate', 'quick', 'release'] as const) {
        const { stageConfidence } = sla.plans[plan]
        const needed = Math.ceil(Math.log(1 - stageConfidence) / Math.log(objective.quantile))
        expect({ name, plan, enough: shape.sampleFloor[plan] >= needed }).toEqual({ name, plan, enough: true })
      }
    }
  })

  test('runs in every plan a shape of each row that shapes claim', () => {
    const shapes: readonly LoadShape[] = Object.values(sla.loadShapes)
    for (const [row, own] of Map.groupBy(shapes, ({ claims }) => claims)) {
      for (const plan of ['gate', 'quick', 'release'] as const) {
        const runs = own.some(({ plans }) => plans === undefined || plans.includes(plan))
        expect({ row, plan, runs }).toEqual({ row, plan, runs: true })
      }
    }
  })

  test('splits the error of a plan over its stages', () => {
    for (const plan of Object.values(sla.plans)) {
      const stages = plan.escalation === null ? 1 : 2
      expect(plan.stageConfidence).toBeCloseTo(1 - (1 - plan.confidence) / stages, 12)
    }
  })

  test('derives each burn-rate factor from its share of the budget', () => {
    const periodMin = sla.burnRate.periodDays * 24 * 60
    for (const { longMin, factor, budgetShare, shortMin } of sla.burnRate.tiers) {
      expect(factor).toBeCloseTo((budgetShare * periodMin) / longMin, 9)
      expect(shortMin).toBe(longMin / 12)
    }
  })
})
