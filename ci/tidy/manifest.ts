import { z } from 'zod'

const Versions = z.record(z.string(), z.string()).default({})
export const Manifest = z.object({
  scripts: z.record(z.string(), z.string()),
  dependencies: Versions,
  devDependencies: Versions,
  optionalDependencies: Versions,
})

const maxScripts = 12
const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/

/** Exact versions only, and scripts that still read as a table of contents. */
export function manifestProblems(json: string): readonly string[] {
  const { scripts, ...groups } = Manifest.parse(JSON.parse(json))
  const loose = Object.values(groups)
    .flatMap((versions) => Object.entries(versions))
    .filter(([, version]) => !exact.test(version))
    .map(([name, version]) => `${name} is pinned to "${version}": name one exact version.`)
  const count = Object.keys(scripts).length
  return count <= maxScripts ? loose : [...loose, `package.json has ${count} scripts: ${maxScripts} are enough.`]
}

/** A `resolved` URL would tie the lockfile to the registry of the machine that wrote it. */
export const lockfileProblems = (json: string): readonly string[] =>
  [...json.matchAll(/"resolved": "([^"]+)"/g)].map(([, url]) => `package-lock.json resolves to ${url}: drop the URL.`)
