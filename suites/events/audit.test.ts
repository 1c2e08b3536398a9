import { requirement } from '../requirement.ts'
import { quiesce, readChain } from './final-read.ts'
import { threatSignals } from './signals.ts'

const count = 200
/** Senders at a time, so that more than one replica writes to the chain at once. */
const senders = 8

requirement('EVT-AUDIT', ['events'], async ({ target, observe, random, scale, seed }) => {
  const { events, clock } = target
  const signal = threatSignals(random.stream('signals'))
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
  await Promise.all(Array.from({ length: senders }, (_, sender) => send(sender)))
  observe.check('events are accepted', accepted > 0, `none of ${count * scale}`)
  await quiesce(events, clock)
  const chain = await readChain(events)
  for (const entry of chain) observe.history('audit-chain-intact', { type: 'entry', ...entry })
  // Writers may have gone on; a second read of the same stretch must still tell the same.
  const again = await readChain(events)
  const rewritten = chain.find((entry, index) => again[index]?.hash !== entry.hash)
  observe.check('the chain only grows', rewritten === undefined, `entry ${rewritten?.sequence} has changed`)
})
