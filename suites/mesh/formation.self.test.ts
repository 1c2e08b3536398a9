import { expect, test } from 'vitest'
import type { MeshPlane } from '../contract/mesh.ts'
import { definite, ok } from '../contract/outcome.ts'
import { viewDigest } from '../contract/view-digest.ts'
import { bringingBack } from './formation.ts'

type Shape = { readonly nodes: number; readonly timerProfile: string }

/** A mesh that is nothing but its shape; it refuses to be formed once it is `broken`. */
function shaped() {
  const mesh = { nodes: 100, timerProfile: 'fast-detect', broken: false, formed: 0 }
  const timers = { beaconsPerLinkS: 1, beaconsPerDatagram: 1, missedBeaconsToSuspect: 1, epochMs: 1 }
  const plane: Pick<MeshPlane, 'formMesh' | 'meshNodes' | 'meshStatus'> = {
    formMesh: async ({ nodes, timerProfile = 'fast-detect' }) => {
      if (mesh.broken) return definite('a fault is in force', 409)
      mesh.formed += 1
      Object.assign(mesh, { nodes, timerProfile })
      return ok({ nodes, timerProfile, formedInMs: 1 })
    },
    meshNodes: async () => {
      const ids = Array.from({ length: mesh.nodes }, (_, id) => `node-${id}`)
      const view = { viewSize: ids.length, viewDigest: viewDigest(ids) }
      return ok(ids.map((id) => ({ id, state: 'up' as const, ...view, links: [] })))
    },
    meshStatus: async () =>
      ok({ nodes: mesh.nodes, timerProfile: { name: mesh.timerProfile, ...timers }, beaconsPerNodeS: 1 }),
  }
  return { mesh, plane }
}

test.each<Shape>([
  { nodes: 1_000, timerProfile: 'fast-detect' },
  { nodes: 2, timerProfile: 'fast-detect' },
  { nodes: 100, timerProfile: 'high-rate' },
])('a mesh of $nodes nodes under $timerProfile is brought back to what it was', async (changed) => {
  const { mesh, plane } = shaped()
  const answer = await bringingBack(plane, async () => {
    await plane.formMesh(changed)
    return 'done'
  })
  expect([answer, mesh.nodes, mesh.timerProfile]).toEqual(['done', 100, 'fast-detect'])
})

test('a mesh that is what it was is left alone', async () => {
  const { mesh, plane } = shaped()
  await bringingBack(plane, async () => undefined)
  expect(mesh.formed).toBe(0)
})

test('what the work threw is told, also where the mesh can not be brought back', async () => {
  const { mesh, plane } = shaped()
  const working = (breaks: boolean) =>
    bringingBack(plane, async () => {
      await plane.formMesh({ nodes: 1_000 })
      mesh.broken = breaks
      throw new Error('nothing came')
    })
  await expect(working(false)).rejects.toThrow(/^nothing came$/)
  expect(mesh.nodes).toBe(100)
  await expect(working(true)).rejects.toThrow(/nothing came.*a fault is in force/)
})
