import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findGo, goEnvironment, goRecipe, runAsChild } from './go.ts'
import { Manifest } from '../tidy/manifest.ts'
import { toolModules, type ToolModule } from './module.ts'

const root = join(import.meta.dirname, '../..')

/** Our own Go modules in which somebody has written a test. */
const tested = (Object.values(toolModules) as readonly ToolModule[]).filter(
  ({ folder }) => globSync('**/*_test.go', { cwd: join(root, folder) }).length > 0,
)
const modules = tested.flatMap(({ folder, testedBy }) => (testedBy === undefined ? [folder] : [])).toSorted()

test('Go is there: without it nothing tells whether the Go programs are sound', async () => {
  expect(await findGo(process.env), goRecipe).toHaveProperty('version')
  expect(modules).toEqual(['chaos/drivers/emulator', 'k6/extensions'])
})

test('tests of a module that are too dear for here have a script of their own, which asks for as much', () => {
  const { scripts } = Manifest.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
  const apart = tested.flatMap(({ folder, testedBy }) => (testedBy === undefined ? [] : [[folder, scripts[testedBy]]]))
  expect(apart).toEqual([
    ['k6/disruptor', expect.stringMatching(/^cd k6\/disruptor && .*go test -trimpath -vet=all \.\/\.\.\.$/)],
  ])
})

// All of vet, and tests built as the tools are (-trimpath), so that what both are built from is compiled once. A test that has
// passed is not run again until something has changed that it is built from or reads: seconds when Go's caches are warm, on a
// new machine a minute of processor time for vet to read all that k6 is made of, and more to compile it.
test.for(modules)('%s passes vet and the tests of its own language', { timeout: 600_000 }, async (folder) => {
  const lines: string[] = []
  const exitCode = await runAsChild({
    name: 'go test',
    command: 'go',
    args: ['test', '-trimpath', '-vet=all', './...'],
    cwd: join(root, folder),
    env: goEnvironment,
    onLine: (line) => lines.push(line),
  })
  const told = lines.join('\n')
  expect(exitCode, told).toBe(0)
  // On a new machine modules that only tests need come now. A package without tests is not vetted either.
  const verdicts = lines.filter((line) => !line.startsWith('go: downloading '))
  expect(
    verdicts.filter((line) => !line.startsWith('ok')),
    told,
  ).toEqual([])
  expect(verdicts.length, told).toBeGreaterThan(0)
})
