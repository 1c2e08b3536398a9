import type { Capture, Captured, Packet } from '../contract/capture.ts'
import { flowOf } from '../contract/capture.ts'
import type { Premise } from '../evidence/record.ts'
import type { Scenario } from '../requirement.ts'
import { canaryOf, capturing, showing, unseen, withoutApi, type Canary } from './canaries.ts'
import { openCapture } from './open-capture.ts'

type Searching = Pick<Scenario<never>, 'target' | 'tier' | 'observe' | 'random'>

/** The capture of what travels from now on; null, and a broken premise, where there is none. */
export async function captureFor(
  scenario: Pick<Scenario<never>, 'target' | 'tier' | 'observe'>,
): Promise<Capture | null> {
  const opened = await openCapture(scenario)
  const why = typeof opened === 'string' ? opened : ''
  scenario.observe.premise({
    claim: 'tool present',
    measured: why === '' ? 0 : 1,
    limit: 0,
    unit: 'captures that failed',
    noise: false,
    detail: why,
  })
  return typeof opened === 'string' ? null : opened
}

/** A stream is cut into packets where it happens to be: what is looked for may lie across a cut. */
export function wholeStreams(packets: readonly Packet[]): readonly Packet[] {
  const streams = new Map<string, Packet[]>()
  for (const packet of packets.filter(({ protocol }) => protocol === 'tcp')) {
    const flow = flowOf(packet)
    const before = streams.get(flow)
    if (before === undefined) streams.set(flow, [packet])
    else before.push(packet)
  }
  const joined = [...streams.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [{ ...first, payload: Buffer.concat([first, ...more].map(({ payload }) => payload)) }],
  )
  return [...packets.filter(({ protocol }) => protocol !== 'tcp'), ...joined]
}

/** Bytes to and from these ends. */
export const bytesAt = (packets: readonly Packet[], ends: readonly string[]): number =>
  packets
    .filter(({ from, to }) => ends.includes(from) || ends.includes(to))
    .reduce((sum, { payload }) => sum + payload.length, 0)

/** Things of one kind that must not be read on the way: their name in a verdict, and how they would look there. */
export type Planted = { readonly what: string; readonly canaries: readonly Canary[] }

/** What `body` had travel, some of each kind, and of which the capture must have seen at least so many bytes. */
export type Travelled = { readonly planted: readonly [Planted, ...Planted[]]; readonly bytesLeast: number }

/**
 * Has `body` send what is sealed while everything that travels is captured, and looks for what was planted. What the suite
 * itself sends in clear must be found, and the bytes at the ends that the target names, less the suite's own calls, must be
 * enough to hold it all: a search of other traffic finds nothing, whatever is sealed. Answers what looks through it, which
 * keeps a thread busy. `own` are ports where the suite itself talks of it, in clear, within one machine.
 */
export async function searchSealed(
  scenario: Searching,
  where: { readonly traffic: string; readonly ends: readonly string[] | undefined },
  body: () => Promise<{ readonly own: readonly string[]; readonly after: () => Promise<Travelled> }>,
): Promise<() => void> {
  const { observe, random } = scenario
  const { traffic, ends } = where
  const opened = await captureFor(scenario)
  if (opened === null) return () => undefined
  const control = canaryOf(random)
  let done: Awaited<ReturnType<typeof body>> | undefined
  const captured = await capturing(opened, async () => {
    await opened.sendInClear(control.text)
    done = await body()
  })
  if (done === undefined) return () => undefined
  const { own } = done
  // What is only known now is asked for when nothing listens any more: the answer travels in clear.
  const { planted, bytesLeast } = await done.after()
  return () => {
    premises(scenario, captured, control)
    const foreign = captured.packets.filter(({ from, to }) => !own.includes(from) && !own.includes(to))
    const told =
      ends === undefined ? `the target names no end of its ${traffic} in \`sealedEnds\`` : `at ${ends.join(', ')}`
    // An end may be a port where the target's planes are asked, too: what is asked there says nothing of sealed traffic.
    const counted = withoutApi({ ...captured, packets: foreign }, scenario.target.apiPorts ?? [])
    doubt(observe, 'capture complete', Math.max(1, bytesLeast) - bytesAt(counted, ends ?? []), {
      unit: `bytes of ${traffic} missing`,
      detail: told,
    })
    for (const { what, canaries } of planted)
      doubt(observe, 'samples enough', 1 - canaries.length, { unit: 'canaries missing', detail: `of ${what}` })
    const streams = wholeStreams(foreign)
    for (const [what, canary] of planted.flatMap(({ what, canaries }) =>
      canaries.map((canary) => [what, canary] as const),
    )) {
      const shown = showing(streams, canary)
      observe.check(`no canary of ${what} appears in the capture`, shown === null, `${canary.text} in ${shown}`)
    }
  }
}

function premises({ observe }: Searching, captured: Captured, control: Canary): void {
  const detail = `${captured.packets.length} packets`
  doubt(observe, 'capture complete', unseen(captured), { unit: 'packets dropped', detail })
  const lost = showing(captured.packets, control) === null ? 1 : 0
  doubt(observe, 'positive control', lost, { unit: 'canaries not found', detail })
}

/** A premise that is broken by anything above 0. */
export function doubt(
  observe: Searching['observe'],
  claim: Premise['claim'],
  measured: number,
  { unit, detail }: { readonly unit: string; readonly detail: string },
): void {
  observe.premise({ claim, measured: Math.max(0, measured), limit: 0, unit, noise: false, detail })
}
