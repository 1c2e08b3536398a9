import type { Tier } from '../../sla.config.ts'
import type { RequirementId } from '../requirements/index.ts'
import type { Capture } from './capture.ts'
import type { Clock } from './clock.ts'
import type { ConfigurationPlane } from './configuration.ts'
import type { ControlPlane, TargetDescription } from './control.ts'
import type { CryptoPlane } from './crypto.ts'
import type { EventsPlane } from './events.ts'
import type { HealingPlane } from './healing.ts'
import type { IdentityPlane } from './identity.ts'
import type { IncidentsPlane } from './incidents.ts'
import type { LearningPlane } from './learning.ts'
import type { MeshPlane } from './mesh.ts'
import type { ModelPlane } from './model.ts'
import type { NotificationsPlane } from './notifications.ts'
import type { RemediationPlane } from './remediation.ts'
import type { Capability } from './route.ts'
import type { Tokens } from './tokens.ts'

/** What is tested: planes behind one identity. A plane is present exactly if its capability is declared. */
export type Target = {
  readonly description: TargetDescription
  /** The label that lets faults in, given in the target file by whoever can miss this target for a while. Absent: none is. */
  readonly faults?: 'allowed'
  readonly clock: Clock
  /** Whether it still answers: asked after every scenario on live tiers. */
  readonly alive: () => Promise<boolean>
  /** Prometheus text of every process; one string each. */
  readonly exposition: () => Promise<readonly string[]>
  /** TCP ports of the planes' URLs. Absent where no network lies between the suite and the target. */
  readonly apiPorts?: readonly string[]
  /** How it is asked over the wire; absent likewise. */
  readonly wire?: {
    /** Base URL of a plane. */
    readonly urlOf: (plane: Capability) => string
    /** Null where the target file gives none. */
    readonly tokens: Tokens | null
    /** The same target, asked with another token, or without any. */
    readonly as: (token: string | null) => Target
  }
  readonly control?: ControlPlane
  readonly mesh?: MeshPlane
  readonly crypto?: CryptoPlane
  readonly identity?: IdentityPlane
  readonly healing?: HealingPlane
  readonly learning?: LearningPlane
  readonly events?: EventsPlane
  readonly incidents?: IncidentsPlane
  readonly notifications?: NotificationsPlane
  readonly remediation?: RemediationPlane
  readonly model?: ModelPlane
  readonly configuration?: ConfigurationPlane
  /** Rolling hash of the event log so far: kinds, ids and virtual times. Simulation only. */
  readonly eventLogHash?: () => string
  /** Captures the virtual network from now on. Simulation only: on live tiers the suite listens by itself. */
  readonly tap?: () => Capture
  readonly close: () => Promise<void>
}

/** A child process that the run's warden owns: it is gone when the run is, whatever happens to the runner. */
export type Launch = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}
export type Launched = {
  readonly pid: number
  /** Resolves with the rest of the line once standard output prints a line that starts with `prefix`; rejects with the process's last words when it ends first. */
  readonly line: (prefix: string, timeoutMs: number) => Promise<string>
  /** Resolves when the process has ended, with how it ended and its last words. */
  readonly ended: () => Promise<string>
  readonly stop: () => Promise<void>
}

/** What a run offers to a target that it starts. */
export type StartContext = {
  readonly launch: (launch: Launch) => Promise<Launched>
  /** A directory for the target's files; removed after the run. */
  readonly scratch: string
  readonly seed: string
  /** Planes that this run needs; a target may start only these. */
  readonly planes: readonly Capability[]
  /** Names of a deliberate bug or of a correct alternative of the reference; other targets refuse them. */
  readonly defect?: string
  readonly variant?: string
}

/** JSON that a worker process needs to reach a started target. */
export type Handle = { readonly [key: string]: string | number | boolean | null | Handle | readonly Handle[] }

export type ConnectContext = {
  readonly seed: string
  /** Planes that the scenario uses; a simulated world may leave out the others. Absent: all. */
  readonly planes?: readonly Capability[]
  /** Size of the mesh that a simulated world begins with; the target's own choice unless given. */
  readonly nodes?: number
  readonly defect?: string
  readonly variant?: string
}

/**
 * How a target is reached on one tier. Without `start` it already runs, or (simulation) lives inside `connect`. What `start`
 * starts it starts by `launch`: the load of other processes can't be told from strangers', and no timed row is judged then.
 */
export type TierAccess = {
  readonly start?: (context: StartContext) => Promise<Handle>
  readonly connect: (handle: Handle, context: ConnectContext) => Promise<Target>
}

/** A deliberate bug that a target can switch on, and the row that must then be red. */
export type DefectSummary = {
  readonly name: string
  readonly story: string
  readonly kills: RequirementId
  readonly tier: Tier
  readonly reason: RegExp
}

export type TargetDefinition = {
  readonly name: string
  /** Only the reference has these: the proof that the suite can go red, and that it does not demand one implementation. */
  readonly defects?: () => Promise<readonly DefectSummary[]>
  readonly variants?: () => Promise<
    readonly { readonly name: string; readonly story: string; readonly planes: readonly Capability[] }[]
  >
  readonly tiers: Readonly<Partial<Record<Tier, TierAccess>>>
}

/** What a target file exports as its default. */
export const defineTarget = (definition: TargetDefinition): TargetDefinition => definition
