/** One load, several rows: what is observed of it goes into the record of each row that it concerns. */
import { sla, type LoadShapeName } from '../../sla.config.ts'
import type { Observe, Recorder } from '../../suites/evidence/recorder.ts'
import type { RequirementData } from '../verdict/promises.ts'

/** A row and its pen. */
export type Sharer = { readonly row: RequirementData; readonly recorder: Recorder }

const citedBy = ({ objective, further = [] }: RequirementData): ReadonlySet<string> => new Set([objective, ...further])

const baseOf = (name: string): string => name.split(':')[0] ?? name

/**
 * The pen of a row that a load gives evidence for beside the row that it claims. Of what is measured it
 * takes what it cites; checks are of the claimed row, for what that one forbids this one may allow.
 */
function besides({ row, recorder }: Sharer): Observe {
  const { observe } = recorder
  const cited = citedBy(row)
  const isCited = (name: string): boolean => cited.has(baseOf(name))
  return {
    ...observe,
    duration: (name, ms) => (isCited(name) ? observe.duration(name, ms) : undefined),
    proportion: (name, good, total) => (isCited(name) ? observe.proportion(name, good, total) : undefined),
    measure: (name, ...measured) => (isCited(name) ? observe.measure(name, ...measured) : undefined),
    check: () => undefined,
    file: () => undefined,
  }
}

/** Histories may be long: a row keeps those that it is judged by. */
function judged(row: RequirementData, observe: Observe): Observe {
  return {
    ...observe,
    history: (checker, item) => (row.checkers?.includes(checker) === true ? observe.history(checker, item) : undefined),
  }
}

/** One pen that writes into the record of every row that shares the load of this shape. */
export function sharedPen(shape: LoadShapeName, sharers: readonly Sharer[]): Observe {
  const pens = sharers.map((sharer) =>
    judged(sharer.row, sharer.row.id === sla.loadShapes[shape].claims ? sharer.recorder.observe : besides(sharer)),
  )
  return {
    duration: (...of) => pens.forEach((pen) => pen.duration(...of)),
    count: (...of) => pens.forEach((pen) => pen.count(...of)),
    proportion: (...of) => pens.forEach((pen) => pen.proportion(...of)),
    measure: (...of) => pens.forEach((pen) => pen.measure(...of)),
    check: (...of) => pens.forEach((pen) => pen.check(...of)),
    history: (...of) => pens.forEach((pen) => pen.history(...of)),
    file: (...of) => pens.forEach((pen) => pen.file(...of)),
    premise: (...of) => pens.forEach((pen) => pen.premise(...of)),
    fault: (...of) => pens.forEach((pen) => pen.fault(...of)),
    failure: (...of) => pens.forEach((pen) => pen.failure(...of)),
  }
}
