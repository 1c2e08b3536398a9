import { createRequire } from 'node:module'

/** A container as far as faults are concerned; each verb rejects with what the engine says. */
export type FaultyContainer = {
  readonly inspect: () => Promise<{
    readonly State: {
      readonly Running: boolean
      readonly Paused: boolean
      readonly Status: string
      /** Of its first process, as the engine's machine counts. */
      readonly Pid: number
    }
    readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> }
  }>
  readonly kill: (options: { readonly signal: string }) => Promise<unknown>
  readonly start: () => Promise<unknown>
  /** Its processes, with the columns of `ps`. */
  readonly top: () => Promise<unknown>
}

/** The verbs of dockerode that faults need. */
export type FaultyEngine = {
  readonly getContainer: (id: string) => FaultyContainer
  readonly listContainers: (options: {
    readonly filters: { readonly label: readonly string[] }
  }) => Promise<readonly { readonly Id: string; readonly Labels: Readonly<Record<string, string>> }[]>
}

/** The engine at a Unix socket. The package is loaded when used: a run without containers does without it. */
export function engineAt(socketPath: string): FaultyEngine {
  const Engine = createRequire(import.meta.url)('dockerode') as new (options: object) => FaultyEngine
  return new Engine({ socketPath })
}
