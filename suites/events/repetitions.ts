import { ThreatEvent } from '../contract/events.ts'
import { expectOk } from '../contract/outcome.ts'
import { startReceiver } from '../contract/receiver-target.ts'
import type { Scenario } from '../requirement.ts'
import { quiesce } from './final-read.ts'
import { postPatiently } from './post.ts'
import { threatSignals } from './signals.ts'

type Deduped = Scenario<'events'>

const count = 24
/** How often an id is posted, all at once, so that more than one replica meets it. */
const tries = 5
/** Long enough that an alert is under way whenever replicas look for work that somebody left. */
const answerAfterMs = 600

export async function post(
  { target, observe }: Deduped,
  event: ThreatEvent,
): Promise<{ id: string; duplicate: boolean }> {
  const said = await postPatiently(target, event)
  observe.check('an event that is no duplicate goes by its own id', said.duplicate || said.id === event.id, said.id)
  return said
}

/** The same id at the same time, even with other content: one of them is the event, the others set nothing off. */
async function repeatIds(scenario: Deduped, events: readonly ThreatEvent[]): Promise<void> {
  for (const event of events) {
    const said = await Promise.all(
      Array.from({ length: tries }, (_, attempt) =>
        post(scenario, attempt === tries - 1 ? { ...event, destination: `${event.destination}.other` } : event),
      ),
    )
    const firsts = said.filter(({ duplicate }) => !duplicate).length
    const seen = `${firsts} of ${tries} posts of ${event.id} say so`
    scenario.observe.check('an id is new once', firsts === 1, seen, { noise: false })
  }
}

/** Ids that come again once their events have come to their end, with the same content and with other: they set nothing off. */
async function repeatLater(scenario: Deduped, events: readonly ThreatEvent[]): Promise<void> {
  for (const event of events)
    for (const again of [event, { ...event, destination: `${event.destination}.later` }]) {
      const { id, duplicate } = await post(scenario, again)
      const seen = `${event.id} is ${duplicate ? `called ${id}` : 'new'}`
      scenario.observe.check('an id stays known after its event has ended', duplicate && id === event.id, seen)
    }
}

/** Two ids of equal content at the same time, features in another order, then a third: one is the event. */
async function repeatContents(scenario: Deduped, events: readonly ThreatEvent[]): Promise<readonly string[]> {
  const { observe } = scenario
  const originals: string[] = []
  for (const event of events) {
    const features = Object.fromEntries(Object.entries(event.features).toReversed())
    const again = { ...event, features, severity: 10 - event.severity }
    const said = await Promise.all([
      post(scenario, { ...event, id: `${event.id}/a` }),
      post(scenario, { ...again, id: `${event.id}/b` }),
    ])
    said.push(await post(scenario, { ...again, id: `${event.id}/c` }))
    const [first, ...others] = said.filter(({ duplicate }) => !duplicate)
    const isOne = first !== undefined && others.length === 0 && said.every(({ id }) => id === first.id)
    const seen = said.map(({ id, duplicate }) => `${id}${duplicate ? ' again' : ''}`).join(', ')
    observe.check('equal content inside the window is one event', isOne, seen, { noise: false })
    if (first !== undefined) originals.push(first.id)
  }
  return originals
}

/** Whatever tells two events apart makes two of them. */
async function varyContents(scenario: Deduped, events: readonly ThreatEvent[]): Promise<readonly string[]> {
  const { observe } = scenario
  const ids: string[] = []
  for (const [index, event] of events.entries()) {
    const other = ThreatEvent.shape.kind.options.find((kind) => kind !== event.kind) ?? event.kind
    const features = { ...event.features, src_bytes: 1_000_000 + index }
    const variations: readonly Partial<ThreatEvent>[] = [
      {},
      { source: `${event.source}.1` },
      { destination: `${event.destination}.1` },
      { kind: other },
      { features },
    ]
    for (const [number, change] of variations.entries()) {
      const id = `${event.id}/v${number}`
      const { duplicate } = await post(scenario, { ...event, ...change, id })
      const seen = `${Object.keys(change).join('') || 'the first'} of ${event.id} is called a duplicate`
      observe.check('other content is another event', !duplicate, seen, { noise: false })
      ids.push(id)
    }
  }
  return ids
}

/** Ids and contents that come again, at the same time and later, and contents that only look alike. */
export async function repeatEvents(scenario: Deduped): Promise<void> {
  const { target, observe, random, seed, scale } = scenario
  const signal = threatSignals(random.stream('signals'))
  const draw = (name: string, length: number) =>
    Array.from({ length: length * scale }, (_, index): ThreatEvent => ({ id: `${seed}/${name}/${index}`, ...signal() }))
  const receiver = await startReceiver(() => ({ status: 200, delayMs: answerAfterMs }))
  try {
    expectOk('setChannel', await target.events.setChannel({ url: receiver.url }))
    const repeated = draw('id', count)
    await repeatIds(scenario, repeated)
    const contents = await repeatContents(scenario, draw('content', count))
    const varied = await varyContents(scenario, draw('varied', count / 4))
    await quiesce(target.events, target.clock)
    await repeatLater(scenario, repeated)
    await quiesce(target.events, target.clock)
    const arrived = Map.groupBy(
      receiver.arrivals().filter(({ eventId }) => eventId.startsWith(`${seed}/`)),
      ({ eventId }) => eventId,
    )
    const originals = new Set([...repeated.map(({ id }) => id), ...contents, ...varied])
    for (const id of originals) {
      const alerts = arrived.get(id)?.length ?? 0
      observe.check('an event is alerted, and once', alerts === 1, `${id} ${alerts} times`)
    }
    const [uncalled] = [...arrived.keys()].filter((id) => !originals.has(id))
    observe.check('a repetition sets no alert off', uncalled === undefined, `${uncalled} is alerted`, { noise: false })
  } finally {
    await receiver.close()
  }
}
