/** Who notices a fault: a mesh may do so before its effect is proven, and is looked at from the injection on. */
import type { Clock } from '../suites/contract/clock.ts'
import type { MeshNode, MeshPlane } from '../suites/contract/mesh.ts'
import { asking, pauseMs, type Awaited } from './awaited.ts'
import type { FaultKind } from './effect.ts'
import type { FaultStep } from './fault-plan.ts'
import { isSuspected } from './sight.ts'
import { readNodes, type Expected } from './steady.ts'

/** Whether a reading, or what else is to be asked, tells of the fault. */
export type IsNoticed = (nodes: readonly MeshNode[]) => Promise<boolean>

type Struck = {
  readonly kind: FaultKind
  readonly step: FaultStep
  /** False where the mesh must bear the fault: then a suspect link is no sign of it, unless it lasts until recovery. */
  readonly outage: boolean
  readonly healthy: Expected
}

/** `before` is what the healthy mesh reported; `isSigned` asks what else tells of the fault. */
export function noticing(
  { healthy, kind, step: { scope, forMs }, outage }: Struck,
  before: readonly MeshNode[],
  isSigned: (() => Promise<boolean>) | undefined,
): IsNoticed {
  const tells = kind.tells?.(scope)
  const dead = new Set(kind.downs(scope))
  const known = new Map(before.map((node) => [node.id, node]))
  const alive = new Set([...healthy.alive].filter((node) => !dead.has(node)))
  const all = healthy.alive.size
  const tellsOfIt = (node: MeshNode): boolean => {
    const was = known.get(node.id)
    return alive.has(node.id) && was !== undefined && tells?.(node, was) === true
  }
  const mayBeSuspected = outage || forMs === null
  return async (nodes) =>
    (mayBeSuspected && isSuspected(nodes, { alive, all, dead })) ||
    nodes.some(tellsOfIt) ||
    (await isSigned?.()) === true
}

/** A mesh may notice a fault before its effect is proven. */
export async function detect(
  { mesh, clock }: { readonly mesh: MeshPlane; readonly clock: Clock },
  detection: Awaited,
  { isNoticed, isOver }: { readonly isNoticed: IsNoticed; readonly isOver: () => boolean },
): Promise<void> {
  while (!isOver() && detection.known === null) {
    const seen = await asking(clock, async () => isNoticed(await readNodes(mesh)))
    detection.look(seen.answer, seen)
    await clock.sleep(pauseMs(clock, seen))
  }
}

/** Does something else until a work is done. */
export async function meanwhile<T>(work: Promise<T>, goOn: (isOver: () => boolean) => Promise<void>): Promise<T> {
  let isOver = false
  const besides = goOn(() => isOver)
  // Its rejection is thrown once the work is done; until then it must not count as unhandled.
  besides.catch(() => undefined)
  try {
    return await work
  } finally {
    isOver = true
    await besides
  }
}
