import { sla } from '../../sla.config.ts'
import { oneWayCut } from '../faults/one-way-cut.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'

const { oneWay } = sla.chaos.rows['CHAOS-NET-2'].fault

// A node that nobody hears, or that hears nobody: it may neither drag others down with its accusations nor stay away once
// the cut has healed.
requirement('CHAOS-NET-2', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NET-2',
    kind: oneWayCut,
    draw: oneWayCut.draw(oneWay),
  }),
)
