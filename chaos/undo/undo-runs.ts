/**
 * Whose runner is killed, and how often: every fault that the driver of the tier can express, as the catalogue has it. The
 * first fault of each way to be undone stands for that way, and is done more often than the others.
 */
import { sla } from '../../sla.config.ts'
import type { FaultScope } from '../../suites/contract/control.ts'
import type { Random } from '../../suites/contract/random.ts'
import { mix } from '../default-mix.ts'
import { controlPlaneSupports } from '../drivers/control-plane.ts'
import { processSupports } from '../drivers/process.ts'
import type { FaultKind } from '../effect.ts'
import { authorityOutage } from '../faults/authority-outage.ts'
import { coordinatorCrash } from '../faults/coordinator-crash.ts'
import { keyRotation } from '../faults/key-rotation.ts'
import { lyingStorage } from '../faults/lying-storage.ts'
import { slow } from '../faults/slow.ts'

type Draw = (nodes: readonly string[], random: Random) => FaultScope

/** A fault of the mesh, an outage of its authority, a crash of the coordinator of learning or its storage, or SIGKILL of a supervised process, which no target does to itself. */
export type Undoable =
  | { readonly kind: FaultKind; readonly draw: Draw }
  | { readonly kind: typeof authorityOutage }
  | { readonly kind: typeof coordinatorCrash }
  | { readonly kind: typeof lyingStorage }
  | { readonly kind: { readonly name: 'kill'; readonly primitive: 'kill' } }
export type UndoRun = { readonly undoable: Undoable; readonly times: number }

const { perMechanism, perFault } = sla.chaos.undo

const { cpuShare } = sla.chaos.rows['CHAOS-NODE-6'].fault
const { rotateEveryMs } = sla.chaos.rows['CHAOS-CRYPTO-3'].fault

/** As strong as must be for an effect that nobody can overlook, where the mix is content with less. */
const stronger: ReadonlyMap<string, Draw> = new Map<string, Draw>([
  [slow.name, slow.draw(1, cpuShare)],
  [keyRotation.name, keyRotation.draw(rotateEveryMs)],
])

const catalogue: readonly Undoable[] = [
  ...mix.map(({ kind, draw }) => ({ kind, draw: stronger.get(kind.name) ?? draw })),
  { kind: authorityOutage },
  { kind: coordinatorCrash },
  { kind: lyingStorage },
  { kind: { name: 'kill', primitive: 'kill' } },
]

/** The driver of each tier that has one. */
const drivers = { simulation: controlPlaneSupports, processes: processSupports } as const

const mechanismOf = ({ kind }: Undoable): 'supervisor' | 'lease' => (kind.primitive === 'kill' ? 'supervisor' : 'lease')

/** Virtual time has no process to kill: there only the target's own lease undoes. `repeats` are those of the run's plan. */
export function undoRuns(tier: keyof typeof drivers, repeats: number): readonly UndoRun[] {
  const expressed = catalogue.filter(({ kind }) => drivers[tier](kind.primitive) === true)
  const isRelease = repeats >= sla.plans.release.repeats[tier]
  return expressed.map((undoable) => {
    const isFirst = expressed.find((one) => mechanismOf(one) === mechanismOf(undoable)) === undoable
    return { undoable, times: isFirst ? perMechanism : perFault[isRelease ? 'release' : 'usual'] }
  })
}
