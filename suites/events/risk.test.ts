import fc from 'fast-check'
import { sla } from '../../sla.config.ts'
import { ThreatEvent, type EventState, type RoutedAlert } from '../contract/events.ts'
import { expectOk } from '../contract/outcome.ts'
import { startReceiver } from '../contract/receiver-target.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { quiesce, readStates } from './final-read.ts'
import { postPatiently } from './post.ts'
import { threatSignals } from './signals.ts'

type Level = RoutedAlert['riskLevel']
type Signal = Pick<ThreatEvent, 'kind' | 'severity' | 'confidence'> & { readonly source?: string }
type Assess = (signals: readonly Signal[]) => Promise<readonly (RoutedAlert | null)[]>

const { risk: edges, confidenceMin } = sla.deployment.events
const levels: readonly Level[] = ['critical', 'high', 'medium', 'low']
const kinds = ThreatEvent.shape.kind.options
const pairs = 60
const senders = 16

/** Addresses of an organisation's own network (RFC 1918) and one of elsewhere (RFC 5737). */
const sources = { inside: ['10.0.0.5', '172.16.0.5', '192.168.0.5'], outside: '203.0.113.5' }

const levelOf = (risk: number): Level => levels.find((level) => level === 'low' || risk >= edges[level]) ?? 'low'
const worded = ({ kind, severity, confidence }: Signal) => `${kind}, severity ${severity}, confidence ${confidence}`

/** Posts signals and answers what the target's alerts say of each, in their order; null where none arrived. */
function assessor({ target, observe, random, seed }: Scenario<'events'>, alerts: () => readonly RoutedAlert[]): Assess {
  const { events, clock } = target
  const signal = threatSignals(random.stream('signals'))
  let posted = 0
  return async (signals) => {
    const asked = signals.map((own) => {
      const drawn = signal()
      // Inside or outside is asked for by itself: all others come from outside.
      return { id: `${seed}/${(posted += 1)}`, ...drawn, source: drawn.source.replace(/^10\./, '203.'), ...own }
    })
    const left = asked.values()
    const send = async () => {
      for (const event of left) await postPatiently({ events, clock }, event)
    }
    await Promise.all(Array.from({ length: senders }, send))
    await quiesce(events, clock)
    const states = new Map<string, EventState>((await readStates(events)).map((state) => [state.id, state]))
    const byId = new Map(alerts().map((alert) => [alert.eventId, alert]))
    return asked.map(({ id, ...own }) => {
      const alert = byId.get(id)
      observe.check('an assessed event is alerted', alert !== undefined, `${worded(own)}: no alert of ${id}`)
      if (alert === undefined) return null
      const said = states.get(id)?.riskLevel
      observe.check('state and alert tell the same level', said === alert.riskLevel, `${said}, ${alert.riskLevel}`)
      const seen = `risk ${alert.risk} is called ${alert.riskLevel}`
      observe.check(
        `levels begin at ${edges.critical}, ${edges.high} and ${edges.medium}`,
        alert.riskLevel === levelOf(alert.risk),
        seen,
      )
      return alert
    })
  }
}

/** Of two signals that differ in severity and confidence alone, the weaker first. */
const ordered = fc.record({
  kind: fc.constantFrom(...kinds),
  severities: fc.tuple(fc.double({ min: 0, max: 10, noNaN: true }), fc.double({ min: 0, max: 10, noNaN: true })),
  confidences: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
})

async function checkMonotone({ observe, random, scale }: Scenario<'events'>, assess: Assess): Promise<void> {
  const drawn = fc.sample(ordered, { seed: random.integer(0, 2 ** 31 - 1), numRuns: pairs * scale })
  const weak = drawn.map(({ kind, severities: s, confidences: c }) => ({
    kind,
    severity: Math.min(...s),
    confidence: Math.min(...c),
  }))
  const strong = drawn.map(({ kind, severities: s, confidences: c }) => ({
    kind,
    severity: Math.max(...s),
    confidence: Math.max(...c),
  }))
  const [weaker, stronger] = [await assess(weak), await assess(strong)]
  for (const [index, low] of weaker.entries()) {
    const [high, from, to] = [stronger[index], weak[index], strong[index]]
    if (!low || !high || !from || !to) continue
    const seen = `${worded(from)}: ${low.risk}; ${worded(to)}: ${high.risk}`
    observe.check('risk never falls as severity and confidence rise', low.risk <= high.risk, seen)
  }
}

async function checkReached({ observe }: Scenario<'events'>, assess: Assess): Promise<void> {
  const severities = Array.from({ length: 11 }, (_, severity) => severity)
  const sure = kinds.flatMap((kind) => severities.map((severity) => ({ kind, severity, confidence: 1 })))
  const reached = new Set((await assess(sure)).map((alert) => alert?.riskLevel))
  for (const level of levels)
    observe.check(`level ${level} is reached`, reached.has(level), `only ${[...reached].join(', ')} are`)
}

/** One below the least confidence may be watched, but it never reaches the levels that trigger action; one just at it may. */
async function checkConfidence({ observe }: Scenario<'events'>, assess: Assess): Promise<void> {
  const at = (confidence: number) => kinds.map((kind) => ({ kind, severity: 10, confidence }))
  const unsure = [0, confidenceMin / 2, confidenceMin - 0.001].flatMap(at)
  for (const [index, alert] of (await assess(unsure)).entries()) {
    const [signal] = unsure.slice(index)
    if (alert === null || signal === undefined) continue
    const triggers = alert.risk >= edges.high
    observe.check('an unsure signal triggers nothing', !triggers, `${worded(signal)}: ${alert.riskLevel}`)
  }
  const least = (await assess(at(confidenceMin))).some((alert) => alert !== null && alert.risk >= edges.high)
  observe.check(`confidence ${confidenceMin} is enough`, least, `at severity 10 no kind reaches level high`)
}

async function checkSources({ observe }: Scenario<'events'>, assess: Assess): Promise<void> {
  const attacks = kinds.map((kind) => ({ kind, severity: 8, confidence: 0.9 }))
  const outside = await assess(attacks.map((attack) => ({ ...attack, source: sources.outside })))
  for (const source of sources.inside) {
    for (const [index, alert] of (await assess(attacks.map((attack) => ({ ...attack, source })))).entries()) {
      const other = outside[index]
      if (!alert || !other) continue
      const seen = `${alert.kind} from ${source}: ${alert.risk}, from ${sources.outside}: ${other.risk}`
      observe.check('an internal source makes no attack harmless', alert.risk >= other.risk, seen)
    }
  }
}

requirement('EVT-RISK', ['events'], async (scenario) => {
  const { events } = scenario.target
  const receiver = await startReceiver()
  try {
    expectOk('setChannel', await events.setChannel({ url: receiver.url }))
    const assess = assessor(scenario, () => receiver.arrivals().map(({ alert }) => alert))
    await checkMonotone(scenario, assess)
    await checkReached(scenario, assess)
    await checkConfidence(scenario, assess)
    await checkSources(scenario, assess)
  } finally {
    await receiver.close()
  }
})
