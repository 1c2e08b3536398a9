import type { Scene } from './svid-scene.ts'

/** A rule of the standard with what it lets pass and what it refuses; keys say in words what is special. */
export type SvidRule = {
  readonly rule: string
  /** Document and section that states it. */
  readonly source: string
  readonly accepts: Readonly<Record<string, Scene>>
  readonly refuses: Readonly<Record<string, Scene>>
}
