/**
 * What there is to see once a runner is dead: when the effect of its fault ends, and what is left of it. Every link of before
 * carries beacons again, every node and process is up, and what tells of the fault tells nothing more.
 */
import { sla } from '../../sla.config.ts'
import type { Clock } from '../../suites/contract/clock.ts'
import type { Component, ControlPlane, FaultScope } from '../../suites/contract/control.ts'
import type { MeshNode, MeshPlane } from '../../suites/contract/mesh.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { openPassages, silence, type EffectProof, type FaultKind, type Passage } from '../effect.ts'
import { readNodes } from '../steady.ts'

type Watched = { readonly mesh: MeshPlane; readonly control: ControlPlane; readonly clock: Clock }

/** Links of the healthy mesh that carry beacons just before a fault, and how to look for its effect again. */
export type Before = {
  readonly pairs: ReadonlySet<string>
  readonly prove: (injected: {
    readonly appliedAtMs: number
    readonly renew: () => Promise<void>
  }) => Promise<EffectProof>
}

type Ordered = { readonly kind: FaultKind; readonly scope: FaultScope }

const { missedBeaconsToSuspect, beaconsPerLinkS } = sla.timerProfiles['fast-detect']
/** So long a mesh waits for a beacon before it gives a link up, less one period: the last beacon is so old when a fault begins. */
const patienceMs = (1_000 * (missedBeaconsToSuspect - 1)) / beaconsPerLinkS

/** Whether a fault that was there for so long may have cost links that would have outlasted a shorter one. */
export const outlastsLinks = (forMs: number): boolean => forMs >= patienceMs

/** Every link is seen a few times, at 60 ms from beacon to beacon. */
const pairsMs = 300
const pollMs = 20
const giveUpMs = 5_000
/** What counts refusals or changed keys counts for so long. */
const signMs = 1_000
/** An effect that lasts is seen each time; what the machine does is not. */
const looks = 3
/** A probe gives up after 3 s: told that so much of it is over, it looks once. */
const onceMs = 2_900

const pairOf = ({ origin, receiver }: Passage): string => `${origin}>${receiver}`

/**
 * Links in each direction that both ends have. What one end has given up the other still has for a while, on a machine that
 * stood still for three times as long as usual.
 */
export function linksOf(nodes: readonly MeshNode[]): ReadonlySet<string> {
  const ends = nodes.flatMap(({ id, links }) =>
    links.filter(({ state }) => state === 'up').map(({ peer }) => [peer, id]),
  )
  const had = new Set(ends.map((pair) => pair.join('>')))
  return new Set(ends.flatMap(([peer, id]) => (had.has(`${id}>${peer}`) ? [`${peer}>${id}`] : [])))
}

/** Looks at the steady mesh. */
export async function lookBefore({ mesh, clock }: Watched, { kind, scope }: Ordered): Promise<Before> {
  const prove = await kind.probe({ mesh, clock, scope, hits: kind.hits(scope) })
  const stream = await openPassages(mesh)
  await clock.sleep(pairsMs)
  const seen = new Set((await stream.read()).map(pairOf))
  const links = linksOf(await readNodes(mesh))
  return { pairs: new Set([...seen].filter((pair) => links.has(pair))), prove }
}

export type Ending = {
  /** When the effect was over; null: not within 5 s. */
  readonly goneAtMs: number | null
  readonly residue: readonly string[]
}

/**
 * Whether the fault cuts links and leaves them: then nobody gives one up in so short a time, and one that is gone was not given
 * back. A node that crashes has none when it is back, and under loss or errors of its keys a link may be given up at any time.
 */
export const onlyCuts = ({ probe, primitive }: FaultKind): boolean => probe === silence && primitive !== 'crash'

/** Links that the end of the fault gives back. Who was struck and has lost its own makes them anew, which is the mesh's affair. */
function givenBack({ pairs }: Before, { scope }: Ordered, mayLose: boolean): Set<string> {
  const struck = new Set(mayLose ? scope.nodes : [])
  return new Set([...pairs].filter((pair) => !pair.split('>').some((node) => struck.has(node))))
}

const first = (pairs: ReadonlySet<string>): readonly string[] => {
  const [pair] = pairs
  return pair === undefined ? [] : [`no beacon passes ${pair}, nor ${pairs.size - 1} other links of before`]
}

/**
 * Waits for the effect's end; the target's word that there is no fault is where the waiting begins, not where it ends. After a
 * fault that was there for too long (`wasLong`) links of before may be gone, whatever fault it was.
 */
export async function waitForEnd(watched: Watched, before: Before, ordered: Ordered, wasLong = false): Promise<Ending> {
  const { mesh, control, clock } = watched
  const deadlineMs = clock.nowMs() + giveUpMs
  const stream = await openPassages(mesh)
  const mayLose = wasLong || !onlyCuts(ordered.kind)
  const silent = givenBack(before, ordered, mayLose)
  let unlistedAtMs: number | null = null
  let upAtMs: number | null = null
  let passedAtMs = 0
  for (;;) {
    const listed = expectOk('activeFaults', await control.activeFaults({})).map(
      ({ fault }) => `${fault} is still listed`,
    )
    if (listed.length === 0) unlistedAtMs ??= clock.nowMs()
    for (const passage of await stream.read()) {
      if (passage.usedAtMs < (unlistedAtMs ?? Number.POSITIVE_INFINITY)) continue
      if (silent.delete(pairOf(passage))) passedAtMs = Math.max(passedAtMs, passage.usedAtMs)
    }
    const nodes = await readNodes(mesh)
    if (mayLose && unlistedAtMs !== null) {
      const links = linksOf(nodes)
      for (const pair of silent) if (!links.has(pair)) silent.delete(pair)
    }
    const down = nodes.filter(({ state }) => state !== 'up').map(({ id, state }) => `${id} is ${state}`)
    const nowMs = clock.nowMs()
    upAtMs = down.length === 0 ? (upAtMs ?? nowMs) : null
    if (upAtMs !== null && unlistedAtMs !== null && silent.size === 0)
      return { goneAtMs: Math.max(passedAtMs, unlistedAtMs, upAtMs), residue: [] }
    if (nowMs > deadlineMs) return { goneAtMs: null, residue: [...listed, ...down, ...first(silent)] }
    await clock.sleep(pollMs)
  }
}

/** A link of a struck node that is not up, or of which one end hears nothing of the other. */
function hasBroken(struck: ReadonlySet<string>, nodes: readonly MeshNode[], passages: readonly Passage[]): boolean {
  const heard = new Set(passages.map(pairOf))
  return nodes.some(({ id, links }) =>
    links.some(
      ({ peer, state }) => (struck.has(id) || struck.has(peer)) && (state !== 'up' || !heard.has(`${peer}>${id}`)),
    ),
  )
}

/**
 * Looks for the effect once more, where it is over; null: it is not seen. What stops traffic has been waited for. A link whose
 * ends hold different keys since an error is refused on until the mesh gives it up: that must be over in the time of a
 * recovery, and tells nothing of the fault before.
 */
export async function stillSeen(
  { mesh, clock }: Watched,
  before: Before,
  { kind, scope }: Ordered,
): Promise<string | null> {
  if (kind.probe === silence) return null
  const struck = new Set(scope.nodes)
  const brokenUntilMs = clock.nowMs() + 1_000 * sla.chaos.recoveryS
  for (let look = 1; ;) {
    const stream = await openPassages(mesh)
    const seen = await lookAgain({ mesh, clock }, before, kind)
    if (seen === null) return null
    const isBroken = hasBroken(struck, await readNodes(mesh), await stream.read())
    if (isBroken && clock.nowMs() < brokenUntilMs) continue
    if (look === looks) return seen
    look += 1
  }
}

async function lookAgain(
  { mesh, clock }: Pick<Watched, 'mesh' | 'clock'>,
  before: Before,
  { name, signs }: FaultKind,
): Promise<string | null> {
  if (signs !== undefined) {
    const isSigned = await signs(mesh)
    await clock.sleep(signMs)
    return (await isSigned()) ? `${name} goes on by its signs` : null
  }
  const { proven, seen } = await before.prove({
    appliedAtMs: clock.nowMs() - onceMs,
    renew: async () => undefined,
  })
  return proven ? `${name} is seen: ${seen}` : null
}

/** Waits until the killed process was started again. */
export async function waitForRestart(
  { control, clock }: Pick<Watched, 'control' | 'clock'>,
  { role, instance, starts }: Component,
  withinMs: number,
): Promise<Ending> {
  const deadlineMs = clock.nowMs() + withinMs
  for (;;) {
    const components = expectOk('components', await control.components({}))
    const nowMs = clock.nowMs()
    const follows = components.some(
      (one) => one.role === role && one.instance === instance && one.starts > starts && one.state === 'up',
    )
    if (follows) return { goneAtMs: nowMs, residue: [] }
    if (nowMs > deadlineMs) return { goneAtMs: null, residue: [`${role} ${instance} was not started again`] }
    await clock.sleep(pollMs)
  }
}

/** Waits until no fault is listed and the plane that one has struck answers again. */
export async function waitForAnswer(
  { control, clock }: Pick<Watched, 'control' | 'clock'>,
  strikes: () => Promise<boolean>,
): Promise<Ending> {
  const deadlineMs = clock.nowMs() + giveUpMs
  for (;;) {
    const listed = expectOk('activeFaults', await control.activeFaults({})).length > 0
    const isAway = await strikes()
    const nowMs = clock.nowMs()
    if (!listed && !isAway) return { goneAtMs: nowMs, residue: [] }
    if (nowMs > deadlineMs)
      return { goneAtMs: null, residue: [isAway ? 'the plane does not answer' : 'a fault is listed'] }
    await clock.sleep(pollMs)
  }
}
