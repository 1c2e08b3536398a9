import { claimsIn } from '../run/claims.ts'
import type { Tree } from './tree.ts'

const isClaiming = (path: string): boolean =>
  /^(suites|chaos)\/.*\.test\.ts$/.test(path) && !path.endsWith('.self.test.ts')
const withoutComments = (source: string): string => source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')

/**
 * A run is planned from the sources: it sees `requirement('ID', …)` and nothing else, so a test file
 * that claims nothing, or claims by a name that is not written out, would silently never run.
 */
export function claimProblems(tree: Tree): readonly string[] {
  const files = tree.paths.filter(isClaiming).map((path) => {
    const source = withoutComments(tree.read(path))
    const ids = claimsIn(path, source).map(({ requirement }) => requirement)
    return { path, ids, calls: [...source.matchAll(/\brequirement\(/g)].length }
  })
  const claimed = files.flatMap(({ path, ids }) => ids.map((id) => ({ path, id })))
  return [
    ...files
      .filter(({ calls }) => calls === 0)
      .map(({ path }) => `${path} claims no row: call requirement('ID', …), or name it *.self.test.ts.`),
    ...files
      .filter(({ calls, ids }) => calls > ids.length)
      .map(({ path }) => `${path} claims a row whose id is not written out: plans are made from the sources.`),
    ...claimed
      .filter(({ id }, index) => claimed.findIndex((other) => other.id === id) !== index)
      .map(({ path, id }) => `${path} claims ${id} once more: evidence of a row is written once.`),
  ]
}
