/**
 * Coverage obligations: what a campaign of random schedules must have shown before it says anything. Chance that never let
 * a partition meet a key rotation has not tested what happens then.
 */
import { mix } from './default-mix.ts'
import { lookEveryMs, type ScheduleEnd, type Struck } from './schedule-run.ts'

export type Obligation = { readonly name: string; readonly met: (end: ScheduleEnd) => boolean }

const parting: readonly string[] = ['partition', 'zone cut', 'flapping']
const isProven = ({ proven }: Struck): boolean => proven === true
const isParting = ({ fault }: Struck): boolean => parting.includes(fault)
const meet = (one: Struck, other: Struck): boolean =>
  one !== other && one.fromMs < other.untilMs && other.fromMs < one.untilMs

const isDuring = (atMs: number, { fromMs, untilMs }: Struck): boolean => fromMs <= atMs && atMs < untilMs

/** Two faults were in force at a time, and both took effect. */
const together = (one: (struck: Struck) => boolean, other: (struck: Struck) => boolean) => {
  return ({ struck }: ScheduleEnd): boolean => {
    const proven = struck.filter(isProven)
    return proven.filter(one).some((first) => proven.filter(other).some((second) => meet(first, second)))
  }
}

const named = (name: string) => (struck: Struck) => struck.fault === name

export const obligations: readonly Obligation[] = [
  ...mix.map(({ kind: { name } }) => ({
    name: `${name} took effect`,
    met: ({ struck }: ScheduleEnd) => struck.filter(isProven).some(named(name)),
  })),
  {
    name: 'links changed their keys while the mesh was parted',
    met: ({ struck, rekeyedAtMs }) =>
      struck
        .filter((one) => isProven(one) && isParting(one))
        // A change that is seen was made since the look before.
        .some((one) => rekeyedAtMs.some((atMs) => isDuring(atMs, one) && isDuring(atMs - lookEveryMs, one))),
  },
  { name: 'a node was down while the mesh was parted', met: together(named('crash'), isParting) },
  { name: 'a node stood still while datagrams were lost', met: together(named('pause'), named('loss')) },
  { name: 'a member lied while the mesh was parted', met: together(named('compromise'), isParting) },
  {
    name: 'three faults were in force at a time',
    met: ({ struck }) => {
      const proven = struck.filter(isProven)
      return proven.some(({ fromMs }) => proven.filter((other) => isDuring(fromMs, other)).length >= 3)
    },
  },
  {
    name: 'deltas were acknowledged while faults were in force',
    met: ({ acknowledgedAtMs, struck }) =>
      acknowledgedAtMs.some((atMs) => struck.some((one) => isProven(one) && isDuring(atMs, one))),
  },
]

/** Names of the obligations that none of these schedules met. */
export const unmet = (ends: readonly ScheduleEnd[]): readonly string[] =>
  obligations.filter(({ met }) => !ends.some(met)).map(({ name }) => name)
