import { expectOk } from '../contract/outcome.ts'
import { startReceiver, type Respond } from '../contract/receiver-target.ts'
import type { Scenario } from '../requirement.ts'
import { quiesce, readChain, readStates } from './final-read.ts'
import { threatSignals } from './signals.ts'

type Audited = Scenario<'events'>

const count = 200
/** Senders at a time, so that more than one replica writes to the chain at once. */
const senders = 8

// One alert in forty is refused for ever, so that events end in both ways that need an action.
const oneIn = 40
const respond: Respond = (eventId) => {
  const index = Number(eventId.slice(eventId.lastIndexOf('/') + 1))
  return { status: index % oneIn === oneIn - 1 ? 500 : 200, delayMs: 0 }
}

/** Events that end in both ways: what was accepted, alerted and told of them goes into the history. */
export async function leaveTrail({ target, observe, random, scale, seed }: Audited): Promise<void> {
  const { events, clock } = target
  const signal = threatSignals(random.stream('signals'))
  const receiver = await startReceiver(respond)
  let accepted = 0
  const send = async (sender: number) => {
    for (let index = sender; index < count * scale; index += senders) {
      const id = `${seed}/${index}`
      const outcome = await events.postEvent({ id, ...signal() })
      if (!outcome.ok) {
        observe.failure(outcome.definite)
        continue
      }
      accepted += 1
      observe.history('audit-chain-intact', { type: 'accepted', id })
    }
  }
  try {
    expectOk('setChannel', await events.setChannel({ url: receiver.url }))
    await Promise.all(Array.from({ length: senders }, (_, sender) => send(sender)))
    observe.check('events are accepted', accepted > 0, `none of ${count * scale}`)
    await quiesce(events, clock)
    const alerted = new Set(receiver.arrivals().map(({ eventId }) => eventId))
    for (const id of alerted) observe.history('audit-chain-intact', { type: 'alerted', id })
    observe.check('alerts arrive', alerted.size > 0, `none of ${accepted} accepted events`)
    const finals = (await readStates(events)).filter(({ id }) => id.startsWith(`${seed}/`))
    for (const { id, state } of finals) observe.history('audit-chain-intact', { type: 'final', id, state })
  } finally {
    await receiver.close()
  }
}

/** The chain from its start, once: the checker reads it as one. */
export async function readTrail({ target, observe }: Audited): Promise<void> {
  const { events } = target
  const chain = await readChain(events)
  for (const entry of chain) observe.history('audit-chain-intact', { type: 'entry', ...entry })
  // Writers may have gone on; a second read of the same stretch must still tell the same.
  const again = await readChain(events)
  const rewritten = chain.find((entry, index) => again[index]?.hash !== entry.hash)
  observe.check('the chain only grows', rewritten === undefined, `entry ${rewritten?.sequence} has changed`)
}
