import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'

/** HEAD's commit hash, or null outside a repository. */
export function commitOf(root: string): string | null {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return null
  }
}

/** The run's one seed: as given; in CI the commit hash, so that a red build is reproduced from its commit alone; else drawn. */
export function chooseSeed(root: string, given: string | undefined): string {
  if (given !== undefined) return given
  const inCi = process.env['CI'] !== undefined && process.env['CI'] !== '' && process.env['CI'] !== 'false'
  return (inCi ? commitOf(root) : null) ?? randomBytes(8).toString('hex')
}
