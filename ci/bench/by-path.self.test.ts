import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const here = new URL('.', import.meta.url)

/** What a benchmark takes from the reference, which it knows by path only: the compiler does not see that. */
function takenBy(file: string): readonly (readonly [module: string, name: string])[] {
  const url = new URL(file, here)
  const text = readFileSync(url, 'utf8')
  const room = /const room = new URL\('([^']+)'/.exec(text)?.[1] ?? '.'
  const imports = /const \{ (\w+) \}: [^=]+(?:=>[^=]+)*= await\s+import\(\s*(`\$\{room\}|new URL\(')([\w/.-]+)/g
  return [...text.matchAll(imports)].map(([, name = '', start = '', path = '']) => {
    const from = start.startsWith('`') ? new URL(room, url) : url
    return [new URL(path, from).href, name]
  })
}

const benches = globSync('**/*.ts', { cwd: fileURLToPath(here) }).filter((file) => !file.endsWith('.self.test.ts'))

test('benchmarks find what they take from the reference', async () => {
  const taken = benches.flatMap(takenBy)
  expect(taken.length).toBeGreaterThan(10)
  for (const [module, name] of taken) expect(await import(module), module).toHaveProperty(name)
})
