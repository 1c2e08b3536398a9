import { z } from 'zod'
import type { Outcome } from './contract/outcome.ts'
import { metrics } from './contract/metrics.ts'
import type { Capability, Route, Routes } from './contract/route.ts'
import { routes } from './contract/routes.ts'
import type { Target } from './contract/target.ts'
import { requirement, type Scenario } from './requirement.ts'

type Verb = (input: unknown) => Promise<Outcome<unknown>>

/** Series of the registry that a plane's processes must expose; `system` belongs to every exporter's own library. */
const seriesOf = (plane: Capability) => metrics.filter((metric) => metric.plane === plane).map((metric) => metric.name)

async function probe(name: string, row: Route, verb: Verb | undefined, observe: Scenario['observe']): Promise<void> {
  const spoken = `${row.method.toUpperCase()} ${row.path}`
  if (verb === undefined)
    return observe.check(`${name} is offered`, false, 'the plane is declared but the verb is missing')
  if (row.probe === undefined) return
  const outcome = await verb(row.probe)
  // A client over the wire has parsed the answer already; ports of a world in this process have not been asked yet.
  const form = outcome.ok ? row.output.safeParse(outcome.value).error : undefined
  const seen = outcome.ok ? (form === undefined ? '' : z.prettifyError(form).replaceAll('\n', ' ')) : outcome.error
  observe.check(`${name} answers ${spoken} in the contract's form`, outcome.ok && form === undefined, seen)
}

async function probePlane(plane: Capability, target: Target, observe: Scenario['observe']): Promise<void> {
  const table: Routes = routes[plane]
  const port = target[plane]
  for (const [name, row] of Object.entries(table)) {
    // A port is exactly its table's verbs; which input goes with which name is what the probe of the row says.
    await probe(name, row, port?.[name as keyof typeof port] as Verb | undefined, observe)
  }
}

/** Names of the series in a Prometheus text, from its TYPE lines. */
function exposedSeries(texts: readonly string[]): ReadonlySet<string> {
  return new Set(texts.flatMap((text) => [...text.matchAll(/^# TYPE (\S+) \w+$/gm)].map(([, name = '']) => name)))
}

requirement('CONTRACT', [], async ({ target, tier, observe }) => {
  const { description } = target
  observe.check(
    'a target declares at least one plane',
    description.capabilities.length > 0,
    'no capability is declared',
  )
  for (const plane of description.capabilities) await probePlane(plane, target, observe)
  // Virtual worlds export nothing: there is nobody to scrape them.
  if (tier === 'simulation') return
  const exposed = exposedSeries(await target.exposition())
  for (const plane of description.capabilities) {
    for (const series of seriesOf(plane)) {
      observe.check(
        `/metrics exposes ${series}`,
        exposed.has(series),
        `no such series at ${description.metrics.join(', ') || 'any endpoint: none is declared'}`,
      )
    }
  }
})
