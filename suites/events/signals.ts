import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { ThreatEvent } from '../contract/events.ts'
import type { Random } from '../contract/random.ts'

type Kind = ThreatEvent['kind']
type Signal = Omit<ThreatEvent, 'id'>
type Connection = Pick<ThreatEvent, 'kind' | 'features'> & { readonly difficulty: number }

/** How bad a signal of this family is, 0 to 10: ours, for NSL-KDD does not say. */
const severities: { readonly [K in Kind]: number } = { normal: 1, probe: 4, dos: 6, r2l: 8, u2r: 9 }

const isKind = (family: string): family is Kind => family in severities

function parse(header: readonly string[], line: string): Connection {
  const cells = new Map(line.split(',').map((cell, index) => [header[index] ?? '', cell]))
  const kind = cells.get('family') ?? ''
  if (!isKind(kind)) throw new Error(`connections.csv.gz: ${kind} is no family of the contract.`)
  const difficulty = Number(cells.get('difficulty'))
  for (const name of ['family', 'label', 'difficulty']) cells.delete(name)
  const features = [...cells].map(([name, cell]) => [name, Number.isNaN(Number(cell)) ? cell : Number(cell)] as const)
  return { kind, difficulty, features: Object.fromEntries(features) }
}

/** The records of a file: a header line, then one record a line. */
export function connectionsIn(text: string): readonly Connection[] {
  const [header = '', ...lines] = text.trim().split('\n')
  return lines.map((line) => parse(header.split(','), line))
}

/** Real connection records; `data/README.md` tells where they come from. */
export const readConnections = (): readonly Connection[] =>
  connectionsIn(gunzipSync(readFileSync(new URL('data/connections.csv.gz', import.meta.url))).toString('utf8'))

/**
 * An endless row of threat signals, no two of equal content: sources count up from a random start in
 * 10.0.0.0/8, and each row of signals has a destination of its own in 198.18.0.0/15. The more of the
 * data set's 21 learners told a record rightly (`difficulty`), the surer is its signal.
 */
export function threatSignals(random: Random): () => Signal {
  const connections = readConnections()
  const destination = random.integer(0, 2 ** 17 - 1)
  let source = random.integer(0, 2 ** 24 - 1)
  return () => {
    const connection = connections[random.integer(0, connections.length - 1)]
    if (connection === undefined) throw new Error('connections.csv.gz holds no records.')
    source = (source + 1) % 2 ** 24
    return {
      kind: connection.kind,
      source: `10.${source >>> 16}.${(source >>> 8) & 255}.${source & 255}`,
      destination: `198.${18 + (destination >>> 16)}.${(destination >>> 8) & 255}.${destination & 255}`,
      severity: severities[connection.kind],
      confidence: 0.5 + connection.difficulty / 42,
      features: connection.features,
    }
  }
}
