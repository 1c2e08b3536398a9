import { sla } from '../../sla.config.ts'
import { expectOk } from '../contract/outcome.ts'
import { startReceiver } from '../contract/receiver-target.ts'
import { requirement } from '../requirement.ts'
import { quiesce } from './final-read.ts'
import { post, repeatEvents } from './repetitions.ts'
import { threatSignals } from './signals.ts'

/** A repetition this far into the window is one; it must not make the window longer. */
const late = 0.8
/** What a way to the target and its clock may add to the end of the window. */
const slackMs = 1_000
const awakeEveryMs = 1_000

requirement('EVT-DEDUP', ['events'], repeatEvents)

requirement('EVT-DEDUP-b', ['events'], async (scenario) => {
  const { target, observe, random, seed, log } = scenario
  const { events, clock } = target
  const promisedS = sla.deployment.events.dedupWindowS
  const { dedupWindowS = promisedS } = expectOk('eventQueue', await events.eventQueue({}))
  const content = threatSignals(random.stream('signals'))()
  const receiver = await startReceiver()
  try {
    expectOk('setChannel', await events.setChannel({ url: receiver.url }))
    const first = await post(scenario, { ...content, id: `${seed}/first` })
    const startedAtMs = clock.nowMs()
    const waitUntil = async (ms: number) => {
      // A connection that lies idle for minutes is closed under the next request.
      for (let left = ms; left > 0; left = startedAtMs + ms - clock.nowMs()) {
        await clock.sleep(Math.min(left, awakeEveryMs))
        await events.eventQueue({})
      }
    }
    log(`waiting for the end of a window of ${dedupWindowS} s`)
    await waitUntil(late * dedupWindowS * 1_000)
    const again = await post(scenario, { ...content, id: `${seed}/inside` })
    observe.check('equal content late in the window is a duplicate', again.duplicate && again.id === first.id, again.id)
    await waitUntil(dedupWindowS * 1_000 + slackMs)
    const after = await post(scenario, { ...content, id: `${seed}/after` })
    const seen = `${dedupWindowS} s later it is still called a duplicate of ${after.id}`
    observe.check('equal content after the window is an event', !after.duplicate, seen)
    const same = await post(scenario, { ...content, id: `${seed}/first`, destination: `${content.destination}.later` })
    const isKnown = same.duplicate && same.id === first.id
    observe.check('an id has no window: it stays known', isKnown, `${same.id} is ${same.duplicate ? 'known' : 'new'}`)
    await quiesce(events, clock)
    const alerted = receiver.arrivals().map(({ eventId }) => eventId)
    const firsts = alerted.filter((id) => id === first.id).length
    observe.check('an id that comes again after the window sets nothing off', firsts === 1, `${firsts} alerts`)
    const isAlerted = alerted.includes(`${seed}/after`)
    observe.check('what comes after the window is alerted', isAlerted, `only ${alerted.join(', ')}`)
    const isPromised = dedupWindowS === promisedS
    observe.check('the window is the promised one', isPromised, `${dedupWindowS} s, not ${promisedS} s`)
  } finally {
    await receiver.close()
  }
})
