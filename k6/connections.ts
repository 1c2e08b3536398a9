/** Threat events made from real connection records: `scenarios/data/README.md` tells where they come from. */
import { SharedArray } from 'k6/data'
import type { ThreatEvent } from '../suites/contract/events.ts'

type Kind = ThreatEvent['kind']
type Record = { readonly kind: Kind; readonly confidence: number; readonly features: ThreatEvent['features'] }

/** How bad a signal of this family is, 0 to 10: ours, for NSL-KDD does not say. */
const severities: { readonly [K in Kind]: number } = { normal: 1, probe: 4, dos: 6, r2l: 8, u2r: 9 }

const isKind = (family: string): family is Kind => family in severities

function parse(header: readonly string[], line: string): Record {
  const cells = line.split(',')
  const [family = ''] = cells
  if (!isKind(family)) throw new Error(`connections.csv: ${family} is no family of the contract.`)
  const cell = (name: string) => cells[header.indexOf(name)] ?? ''
  const columns = header.filter((name) => !['family', 'label', 'difficulty'].includes(name))
  const features = columns.map((name) => {
    const text = cell(name)
    const number = Number(text)
    return [name, Number.isNaN(number) ? text : number] as const
  })
  // `difficulty` counts the 21 learners of the data set's authors that told this record rightly: the more did, the surer a signal.
  const confidence = 0.5 + Number(cell('difficulty')) / 42
  return { kind: family, confidence, features: Object.fromEntries(features) }
}

const records = new SharedArray('connections', () => {
  const [header = '', ...lines] = open(import.meta.resolve('./scenarios/data/connections.csv'))
    .trim()
    .split('\n')
  return lines.map((line) => parse(header.split(','), line))
})

/** FNV-1a, 32 bits: spreads run keys over the address space. */
function spread(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  return hash
}

/**
 * Event number `index` of a run. Targets treat equal content within 300 s as a duplicate, so each
 * event has a source of its own in 10.0.0.0/8, and each run its own destinations in 198.18.0.0/15.
 */
export function eventOf(runKey: string, index: number): ThreatEvent {
  const record = records[(spread(runKey) + index) % records.length]
  if (record === undefined) throw new Error('connections.csv holds no records.')
  const from = (spread(`${runKey}/source`) + index) % 2 ** 24
  const to = spread(`${runKey}/destination`) % 2 ** 17
  return {
    id: `${runKey}-${index}`,
    kind: record.kind,
    source: `10.${from >>> 16}.${(from >>> 8) & 255}.${from & 255}`,
    destination: `198.${18 + (to >>> 16)}.${(to >>> 8) & 255}.${to & 255}`,
    severity: severities[record.kind],
    confidence: record.confidence,
    features: record.features,
  }
}
