import { requirement } from '../requirement.ts'
import { watchRotations } from './rotation-watch.ts'

/** Virtual hours cost nothing; real ones are shortened through the lifetime that a registration may ask for. */
const courses = {
  simulation: { workloads: 40, svidTtlS: 3_600, lives: 3 },
  processes: { workloads: 12, svidTtlS: 3, lives: 2 },
  containers: { workloads: 12, svidTtlS: 3, lives: 2 },
  cluster: { workloads: 12, svidTtlS: 3, lives: 2 },
} as const

requirement('ID-ROTATE', ['identity'], (scenario) => {
  const { tier, repeats, scale } = scenario
  const { lives, ...course } = courses[tier]
  // Where a plan repeats faults, it also watches for longer; virtual hours are as good as days.
  const times = tier === 'simulation' ? scale : scale * repeats
  return watchRotations(scenario, { ...course, lives: lives * times })
})
