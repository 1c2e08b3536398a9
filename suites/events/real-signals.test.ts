import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { sla } from '../../sla.config.ts'
import { expectOk } from '../contract/outcome.ts'
import { startReceiver } from '../contract/receiver-target.ts'
import { openModel } from '../evidence/open-model.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { quiesce } from './final-read.ts'
import { postPatiently } from './post.ts'
import { connectionsIn, threatSignals } from './signals.ts'

const ratePerS = 100
const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** What the guide must say of the load: a row for each arrival rate and for each family of the records. */
function checkGuide({ observe }: Pick<Scenario, 'observe'>, kinds: readonly string[]): void {
  const guide = read('docs/LOAD-TESTING.md')
  const cells = new Set(
    guide.split('\n').map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .join('|'),
    ),
  )
  const has = (...begin: readonly string[]) => [...cells].some((row) => row.startsWith(`|${begin.join('|')}|`))
  for (const [kind, own] of Map.groupBy(kinds, (one) => one)) {
    const share = `${((100 * own.length) / kinds.length).toFixed(1)} %`
    const stands = has(kind, String(own.length), share)
    observe.check('the mix of the records is documented', stands, `${kind}: ${own.length}, ${share}`, { noise: false })
  }
  for (const [shape, { plane, perMinute }] of Object.entries(sla.loadShapes)) {
    if (plane !== 'events') continue
    const stands = has(shape, perMinute.toLocaleString('en-US'))
    observe.check('the arrival rate is documented', stands, `${shape}: ${perMinute}`, { noise: false })
  }
}

// The generator's records are the ones whose origin is stated, their mix and rates are documented, and the target takes each
// of them for what it is: the alert of a real attack names its family.
requirement('EVT-REAL', ['events'], async (scenario) => {
  const { target, observe, random, seed, log } = scenario
  const { events, clock } = target
  const text = read('k6/scenarios/data/connections.csv')
  const digest = createHash('sha256').update(text).digest('hex')
  const stated = read('k6/scenarios/data/README.md').includes(digest)
  observe.check('the origin of the records is stated', stated, `no README names ${digest}`, { noise: false })
  const connections = connectionsIn(text)
  checkGuide(
    scenario,
    connections.map(({ kind }) => kind),
  )
  const receiver = await startReceiver()
  try {
    expectOk('setChannel', await events.setChannel({ url: receiver.url }))
    const signal = threatSignals(random.stream('real'))
    const posted = new Map<string, string>()
    await openModel({
      clock,
      ratePerS,
      count: connections.length,
      send: async (index) => {
        const { kind, features } = connections[index] ?? { kind: 'normal', features: {} }
        const event = { id: `${seed}/real-${index}`, ...signal(), kind, features }
        const why = await postPatiently({ events, clock }, event).then(
          () => null,
          (error: unknown) => String(error),
        )
        if (why === null) posted.set(event.id, kind)
        observe.check('a real record is taken in', why === null, `${event.id}: ${why}`)
      },
    })
    await quiesce(events, clock)
    const alerts = new Map(receiver.arrivals().map(({ eventId, alert }) => [eventId, alert.kind]))
    for (const [id, kind] of posted) {
      const told = alerts.get(id)
      observe.check(
        'the alert names the family of its record',
        told === kind,
        `${id}: ${kind}, told ${told ?? 'nothing'}`,
        {
          noise: told === undefined,
        },
      )
    }
    log(`${posted.size} records of ${new Set(posted.values()).size} families`)
  } finally {
    await receiver.close()
  }
})
