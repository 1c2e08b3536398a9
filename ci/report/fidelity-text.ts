import { figure, percent } from '../verdict/figures.ts'
import { agreementOf, type Agreement, type MeasuredFidelity } from './fidelity.ts'

export const fidelityColumns = [
  'Requirement',
  'Quantity',
  'Simulation',
  'Live processes',
  'Containers',
  'Apart',
  'Allowed',
] as const

const sideText = (side: MeasuredFidelity['simulation'], unit: string): string =>
  'missing' in side
    ? `missing: ${side.missing}`
    : `${figure(side.value)} ${unit} (${side.recorded === true ? `${figure(side.n)} recorded runs` : `n = ${figure(side.n)}`})`

/** The cells of one quantity, in the order of the columns, and what they come to. */
export function fidelityCells(row: MeasuredFidelity): { readonly cells: readonly string[]; readonly found: Agreement } {
  const { requirements, quantity, unit, simulation, processes, containers, differenceMax } = row
  const found = agreementOf(row)
  const apart = found.word === 'one side missing' ? '–' : percent(found.difference)
  const cells = [
    [...new Set(requirements)].join(', '),
    quantity,
    sideText(simulation, unit),
    sideText(processes, unit),
    containers === undefined ? '–' : sideText(containers, unit),
    apart,
    percent(differenceMax),
  ]
  return { cells, found }
}

/** The table in one sentence. */
export function fidelityHeadline(rows: readonly MeasuredFidelity[]): string {
  const words = rows.map((row) => agreementOf(row).word)
  const of = (word: Agreement['word']) => words.filter((one) => one === word).length
  const [agree, differ] = [of('agrees'), of('differs')]
  const parts = [
    `${agree} of ${rows.length} quantities ${agree === 1 ? 'agrees within its bound' : 'agree within their bounds'}`,
    ...(differ > 0 ? [`${differ} ${differ === 1 ? 'differs' : 'differ'}`] : []),
    ...(of('one side missing') > 0 ? [`of ${of('one side missing')} a side is missing, which shows nothing`] : []),
  ]
  return `${parts.join('; ')}.`
}
