import { existsSync, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder and those above it, and throws what mkdir throws. One by one: Node's recursive mkdir
 * never ends where a file system, /proc for one, has no place for a folder whose parent is there.
 */
export function makeFolder(path: string, mode = 0o777): void {
  const missing: string[] = []
  for (let folder = resolve(path); !existsSync(folder); folder = dirname(folder)) missing.unshift(folder)
  for (const folder of missing) {
    try {
      mkdirSync(folder, { mode })
    } catch (error) {
      // Another process makes it too.
      if (!existsSync(folder)) throw error
    }
  }
}
