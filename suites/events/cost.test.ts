import { sla } from '../../sla.config.ts'
import { bareVerb } from '../contract/bare-verb.ts'
import { eventsRoutes, type EventsPlane, type ThreatEvent } from '../contract/events.ts'
import { expectOk } from '../contract/outcome.ts'
import { barePoster, type BarePoster } from '../contract/post-target.ts'
import { startReceiver } from '../contract/receiver-target.ts'
import { openModel, scheduleLagPremise } from '../evidence/open-model.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { readCosts, type CostReadings } from './cost-readings.ts'
import { quiesce } from './final-read.ts'
import { postPatiently } from './post.ts'
import { attack } from './remedy.ts'
import { threatSignals } from './signals.ts'

type Costed = Scenario<'events' | 'incidents' | 'control'>

const { 'events-peak': peak, 'events-burst': burst } = sla.loadShapes
/** Of one repeat: the quick plan makes three, the release plan ten. */
const secondsEach = { load: 15, incidents: 5 } as const
/** A shorter load is dearer by the event: what its beginning costs is shared by fewer. */
const repeatsMin = 3
/** Whatever the plan repeats: how much of what they run processes have compiled must not hang on that. */
const secondsOfWarmUp = 20
/** At rest processor time is read in steps of 10 ms a process: so long, and the steps are small against what is read. */
const restMs = 4_000
/** Incidents are announced, and the database's statistics are written, no later than this after their event. */
const calmMs = 2_000

/** So long no alert is answered, and every event stays under way: shorter than promised retries and time-outs take to give up. */
const secondsUnderWay = 6
/** As long as a UUID, which senders often take: an id goes over the wire four times. */
const idLength = 36

/** Posts through sockets that are counted, as a sensor would. */
function countedIntake({ target: { wire } }: Costed, poster: BarePoster): Pick<EventsPlane, 'postEvent'> {
  const asking = { poster, base: wire?.urlOf('events') ?? '', token: wire?.tokens?.sender ?? null }
  return { postEvent: bareVerb(eventsRoutes.postEvent, asking) }
}

type Offer = {
  readonly name: string
  readonly perMinute: number
  readonly seconds: number
  readonly signs?: Pick<ThreatEvent, 'kind' | 'severity' | 'confidence'>
}

/** Offers loads, and counts what is taken in. */
function offers(scenario: Costed, poster: BarePoster) {
  const { target, random } = scenario
  const { clock } = target
  const intake = { events: countedIntake(scenario, poster), clock }
  const signal = threatSignals(random.stream('costs'))
  const run = random.stream('ids').integer(0, 2 ** 31 - 1)
  let events = 0
  return {
    taken: () => events,
    offer: ({ name, perMinute, seconds, signs }: Offer) => {
      const ratePerS = perMinute / 60
      return openModel({
        clock,
        ratePerS,
        count: Math.floor(ratePerS * seconds),
        send: async (index) => {
          const event = { ...signal(), ...signs, id: `${run}-${name}-${index}`.padEnd(idLength, '-') }
          const post = () => postPatiently(intake, event)
          // A connection that was just being closed answers nothing: asked again with the same id, it is one event.
          await post().catch(post).catch(post)
          events += 1
        },
      })
    },
    /** Waits until all of it has been worked off. */
    calm: async () => {
      await quiesce(target.events, clock)
      await clock.sleep(calmMs)
    },
  }
}

/** What others than the replicas used meanwhile, and what went between these and the database: told, and not judged. */
function tellApart({ observe }: Costed, readings: CostReadings, [from, to]: readonly [Mark, Mark]): void {
  const events = to.events - from.events
  const overS = (to.atMs - from.atMs) / 1_000
  const tell = (name: string, unit: string, value: number | null) => {
    if (value !== null) observe.count(name, unit, value, overS)
  }
  for (const role of ['database', 'generator'] as const) {
    const cpuMs = readings.cpuMsBetween(role, from, to)
    const bytes = readings.residentBytesAt(role, to)
    tell(`${role}: CPU per event`, 'ms', cpuMs === null ? null : cpuMs / events)
    tell(`${role}: resident`, 'MB', bytes === null ? null : bytes / 1e6)
  }
  const calls = readings.callBytesBetween(from, to)
  const seen = to.outsideBytes - from.outsideBytes
  tell('database and metrics: network per event', 'kB', calls === null ? null : (calls - seen) / 1e3 / events)
}

type Mark = Awaited<ReturnType<CostReadings['mark']>>

// At rest, under the load of EVT-PEAK, at rest again, and under a load of which every event opens an incident; before all
// this, one of EVT-BURST warms processes up, and after it no alert is answered for a while, so that events stay under way.
// What is read goes into the evidence as it is: the judge makes costs of it.
requirement('EVT-COST', ['events', 'incidents', 'control'], async (scenario) => {
  const { target, observe, repeats, scale, log } = scenario
  const { clock, events } = target
  const seconds = (each: number): number => each * Math.max(repeatsMin, repeats) * scale
  const { promise: answered, resolve: answerAll } = Promise.withResolvers<void>()
  let isHeld = false
  const receiver = await startReceiver(() => ({ status: 200, delayMs: 0, ...(isHeld && { until: answered }) }))
  const poster = barePoster()
  try {
    expectOk('setChannel', await events.setChannel({ url: receiver.url }))
    const { offer, calm, taken } = offers(scenario, poster)
    const outsideBytes = () => poster.bytes() + receiver.bytes()
    const readings = readCosts(scenario, () => ({ events: taken(), outsideBytes: outsideBytes() }))
    const { perMinute } = peak
    await offer({ name: 'warm-up', perMinute: burst.perMinute, seconds: secondsOfWarmUp * scale })
    await calm()
    await readings.held('before')
    await readings.mark('rest')
    await clock.sleep(restMs)
    const from = await readings.mark('load')
    const sends = await offer({ name: 'load', perMinute, seconds: seconds(secondsEach.load) })
    await calm()
    const to = await readings.mark('rest-again')
    observe.premise(scheduleLagPremise(sends, sla.objectives['event-latency-peak'].limit))
    await clock.sleep(restMs)
    const begun = await readings.mark('incidents')
    await offer({ name: 'incident', perMinute, seconds: seconds(secondsEach.incidents), signs: attack })
    await calm()
    const end = await readings.mark('end')
    await readings.held('after')
    isHeld = true
    await offer({ name: 'held', perMinute, seconds: secondsUnderWay })
    await readings.held('under-way')
    isHeld = false
    answerAll()
    await calm()
    const opened = end.incidents - begun.incidents
    const posted = end.events - begun.events
    observe.check('an attack opens an incident', opened === posted, `${posted} attacks, ${opened} incidents`)
    // An alert that never leaves costs nothing: then the figures would be of another service.
    const told = new Set(receiver.arrivals().map(({ eventId }) => eventId)).size
    observe.check('every event routes an alert', told === taken(), `${told} of ${taken()} events have one`)
    tellApart(scenario, readings, [from, to])
    log(`${taken()} events taken in, ${to.events - from.events} of them under load, ${opened} incidents after it`)
  } finally {
    answerAll()
    poster.close()
    await receiver.close()
  }
})
