/** Records every healing cycle of a world beside what its crashes did to the mesh, for the checker of their steps. */
import type { MeshNode } from '../../suites/contract/mesh.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import type { TargetWith } from '../../suites/requirement.ts'
import type { Besides } from '../recovery.ts'
import { readNodes } from '../steady.ts'

const linksOf = (nodes: readonly MeshNode[]): string[] =>
  nodes.flatMap(({ id, links }) => links.map(({ peer }) => `${id}>${peer}`))

/** Watches one world from now on; `mesh` is its name in the history. */
export async function watchHealing(
  { observe, mesh }: { readonly observe: Observe; readonly mesh: string },
  target: TargetWith<'mesh' | 'control' | 'healing'>,
): Promise<Besides> {
  const { healing, clock } = target
  let cursor = expectOk('healingCycles', await healing.healingCycles({ after: -1 })).next
  observe.history('steps-evidenced', { type: 'recorded', mesh, fromMs: clock.nowMs() })
  const readCycles = async (): Promise<void> => {
    const { next, cycles, dropped } = expectOk('healingCycles', await healing.healingCycles({ after: cursor }))
    cursor = next
    for (const cycle of cycles) observe.history('steps-evidenced', { type: 'cycle', mesh, ...cycle })
    observe.premise({
      claim: 'receipts complete',
      measured: dropped,
      limit: 0,
      unit: 'cycle records dropped',
      noise: true,
    })
  }
  let linksBefore: string[] = []
  /** As the nodes were when the fault had just been proven: nobody can have given its link to the victim up. */
  let struck: readonly MeshNode[] | null = null
  return {
    begin: (_, before) => {
      linksBefore = linksOf(before)
      struck = null
    },
    see: (nodes) => {
      struck ??= nodes
    },
    atRecovery: async (living, lease) => {
      const after = await readNodes(target.mesh)
      const toMs = clock.nowMs()
      await readCycles()
      const alive = new Set(living)
      const [victim = ''] = after.flatMap(({ id }) => (alive.has(id) ? [] : [id]))
      const neighbours = (struck ?? []).flatMap(({ id, links }) =>
        alive.has(id) && links.some(({ peer }) => peer === victim) ? [id] : [],
      )
      observe.premise({
        claim: 'positive control',
        measured: neighbours.length === 0 ? 1 : 0,
        limit: 0,
        unit: 'crashes that cut no link',
        noise: true,
      })
      const linksAfter = linksOf(after)
      const crash = { victim, neighbours, living: living.length, fromMs: lease.applied.atMs, toMs }
      observe.history('steps-evidenced', { type: 'crash', mesh, ...crash, linksBefore, linksAfter })
    },
    end: async () => {
      await readCycles()
      return true
    },
    stop: async () => undefined,
  }
}
