import type { Objective } from '../../sla.config.ts'
import { percent, quantileName } from '../verdict/figures.ts'

const grouped = (value: number): string => value.toLocaleString('en-GB', { maximumFractionDigits: 6 })
const withUnit = (value: number, unit: string): string => (unit === '1' ? grouped(value) : `${grouped(value)} ${unit}`)

/** The limit of an objective as people say it: `p99 ≤ 100 ms`, `≥ 1,000 1/s for 60 s`. */
export function promiseText(objective: Objective): string {
  switch (objective.kind) {
    case 'latency': {
      const { quantile, limit, everyMin, atNodes, atPerMinute } = objective
      const every = everyMin === undefined ? '' : ` in every ${everyMin} min`
      const size = atNodes === undefined ? '' : ` up to ${grouped(atNodes)} nodes`
      const rate = atPerMinute === undefined ? '' : ` up to ${grouped(atPerMinute)} /min`
      return `${quantileName(quantile)} ≤ ${withUnit(limit, 'ms')}${every}${size}${rate}`
    }
    case 'availability':
      return `≥ ${percent(objective.target)} over ${objective.windowDays} d`
    case 'throughput':
      return `≥ ${grouped(objective.floor)} /s for ${objective.sustainS} s, in every ${objective.everyS === 1 ? 'second' : `${objective.everyS} s`}`
    case 'recovery':
      return `every run < ${withUnit(objective.limit, objective.unit)}`
    case 'invariant':
      return 'no violation'
    case 'margin':
      return `${objective.quantity} ≤ ${percent(objective.limit)} above the baseline's`
    case 'floor':
      return `${objective.quantity} ≥ ${withUnit(objective.limit, objective.unit)}`
    case 'ceiling':
      return `${objective.quantity} ≤ ${withUnit(objective.limit, objective.unit)}`
  }
}
