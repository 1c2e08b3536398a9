import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { TargetDefinition } from '../../suites/contract/target.ts'
import { Stop, exitCodes, messageOf } from './stop.ts'

/** The reference, known to the runner by its path only: a user's file takes its place. */
export const defaultTargetFile = 'fixtures/target.ts'

const shape =
  "export default defineTarget({ name: 'my-mesh', tiers: { processes: httpTarget({ url: 'http://127.0.0.1:8080' }) } })"

function isDefinition(value: unknown): value is TargetDefinition {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'tiers' in value &&
    typeof value.tiers === 'object'
  )
}

/** Loads a target file's default export; every way to get it wrong ends with exit code 64 and the shape that is wanted. */
export async function loadTarget(root: string, file: string): Promise<TargetDefinition> {
  const path = resolve(root, file)
  if (!existsSync(path)) throw new Stop(exitCodes.usage, `There is no target file ${file}. Write one:\n  ${shape}`)
  let loaded: Record<string, unknown>
  try {
    // By path, not by file URL: Vitest resolves a module's own imports against what it was imported by.
    loaded = await import(path)
  } catch (error) {
    throw new Stop(
      exitCodes.usage,
      `Target file ${file} can't be loaded: ${messageOf(error)}. A target file is TypeScript:\n  ${shape}`,
    )
  }
  const definition = loaded['default']
  if (!isDefinition(definition)) {
    throw new Stop(
      exitCodes.usage,
      `Target file ${file} has no default export made by defineTarget. Write:\n  ${shape}`,
    )
  }
  return definition
}
