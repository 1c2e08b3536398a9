import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Exemptions, type Exemption } from '../verdict/exemptions.ts'
import { Stop, exitCodes, messageOf } from './stop.ts'

const file = 'exemptions.json'

/** Exemptions in force, from `exemptions.json` at the root; without that file there are none. */
export function readExemptions(root: string): readonly Exemption[] {
  const path = join(root, file)
  if (!existsSync(path)) return []
  try {
    return Exemptions.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    const why = messageOf(error)
    throw new Stop(exitCodes.usage, `${file} can't be used: ${why}`)
  }
}
