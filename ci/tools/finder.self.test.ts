import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withBuildLock } from './build-lock.ts'
import { findTool, type FinderOptions } from './finder.ts'
import type { RunToEnd } from './go.ts'
import { holderOf } from './lock-file.ts'
import { sourceHash, toolModules } from './module.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))

let room = ''
let root = ''
beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), 'meshcert-finder-'))
  root = join(room, 'checkout')
  cpSync(join(repository, 'k6', 'extensions'), join(root, 'k6', 'extensions'), { recursive: true })
})
afterEach(() => rmSync(room, { recursive: true, force: true }))

/** A `go` that says its version; what it would build is up to the runner of each test. */
function fakeGo(version = '1.26.8'): string {
  const bin = join(room, `go-${version}`)
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'go'), `#!/bin/sh\necho "go version go${version} linux/amd64"\n`)
  chmodSync(join(bin, 'go'), 0o755)
  return bin
}

type Built = { readonly commands: (readonly string[])[]; readonly run: RunToEnd }

/** Counts builds; a successful one leaves a file where `-o` says. */
function builder(code = 0): Built {
  const commands: (readonly string[])[] = []
  const run: RunToEnd = ({ args, onLine }) => {
    commands.push(args)
    if (code === 0) writeFileSync(args[args.indexOf('-o') + 1] ?? '', 'binary')
    else onLine('main.go:1: this can not be')
    return Promise.resolve(code)
  }
  return { commands, run }
}

const optionsWith = (go: string, built: Built, more: Partial<FinderOptions> = {}): FinderOptions => ({
  root,
  environment: { PATH: `${go}:/usr/bin:/bin`, XDG_CACHE_HOME: join(room, 'cache') },
  say: () => undefined,
  run: built.run,
  ...more,
})

test('the tool is built once, found again, and built anew when its sources or Go change', async () => {
  const built = builder()
  const first = await findTool('k6', optionsWith(fakeGo(), built))
  expect(first).toMatchObject({ version: 'v2.2.0', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
  expect(await findTool('k6', optionsWith(fakeGo(), built))).toEqual(first)
  expect(built.commands.length).toBe(1)
  await findTool('k6', optionsWith(fakeGo('1.26.9'), built))
  expect(built.commands.length).toBe(2)
  writeFileSync(join(root, 'k6', 'extensions', 'main.go'), 'package main\n')
  await findTool('k6', optionsWith(fakeGo(), built))
  expect(built.commands.length).toBe(3)
})

test('tests of the module are no part of what the tool is built from', async () => {
  const before = await sourceHash(root, toolModules.k6)
  writeFileSync(join(root, 'k6', 'extensions', 'more_test.go'), 'package main\n')
  expect(await sourceHash(root, toolModules.k6)).toBe(before)
})

test('a build leaves nothing but the binary, and two at once are one', async () => {
  const built = builder()
  const slow: Built = {
    ...built,
    run: async (command) => {
      await new Promise((resolve) => setTimeout(resolve, 100))
      return built.run(command)
    },
  }
  const [a, b] = await Promise.all([
    findTool('k6', optionsWith(fakeGo(), slow)),
    findTool('k6', optionsWith(fakeGo(), slow)),
  ])
  expect(a).toEqual(b)
  expect(built.commands.length).toBe(1)
  if ('missing' in a) throw new Error(a.missing)
  expect(readdirSync(dirname(a.path))).toEqual(['k6'])
})

test('without Go there is a recipe, unless the same sources were built before', async () => {
  const nowhere = { PATH: '/nonexistent', XDG_CACHE_HOME: join(room, 'cache') }
  const built = builder()
  const without = { ...optionsWith('', built), environment: nowhere }
  expect(await findTool('k6', without)).toMatchObject({
    missing: expect.stringContaining('Go is not on PATH'),
    recipe: expect.stringContaining('go.dev/dl'),
  })
  const tool = await findTool('k6', optionsWith(fakeGo(), built))
  expect(await findTool('k6', without)).toEqual(tool)
})

test('a Go that is too old is told, not tried', async () => {
  const built = builder()
  expect(await findTool('k6', optionsWith(fakeGo('1.25.4'), built))).toMatchObject({
    missing: expect.stringContaining('1.25.4 is older than 1.26'),
  })
  expect(built.commands).toEqual([])
})

test('a build that fails says with which words, and leaves no binary', async () => {
  const found = await findTool('k6', optionsWith(fakeGo(), builder(1)))
  expect(found).toMatchObject({
    missing: expect.stringContaining('this can not be'),
    recipe: expect.stringContaining('k6/extensions'),
  })
  const [folder = ''] = readdirSync(join(room, 'cache', 'meshcert', 'tools'))
  expect(existsSync(join(room, 'cache', 'meshcert', 'tools', folder, 'k6'))).toBe(false)
})

test('a binary of the user is taken only if it is the tool that is needed', async () => {
  const stock = join(room, 'stock-k6')
  writeFileSync(stock, '#!/bin/sh\necho "k6 v2.2.0 (go1.26.8, linux/amd64)"\n')
  chmodSync(stock, 0o755)
  const environment = { MESHCERT_K6: stock }
  expect(await findTool('k6', { environment })).toMatchObject({ missing: expect.stringContaining('meshcert') })
  writeFileSync(stock, '#!/bin/sh\necho "k6 v2.2.0"\necho "  meshcert.dev/k6/meshcert , k6/x/meshcert [js]"\n')
  expect(await findTool('k6', { environment })).toMatchObject({ path: stock, version: 'k6 v2.2.0' })
})

test('no module is ever downloaded by itself, and no tool chain is fetched', async () => {
  const built = builder()
  const environments: Readonly<Record<string, string>>[] = []
  const run: RunToEnd = (command) => {
    environments.push(command.env)
    return built.run(command)
  }
  await findTool('k6', optionsWith(fakeGo(), { ...built, run }))
  expect(built.commands[0]?.slice(0, 2)).toEqual(['build', '-trimpath'])
  expect(environments[0]).toMatchObject({ GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' })
})

test('the lock of a dead process is no lock', async () => {
  const lock = join(room, 'lock')
  writeFileSync(lock, `${process.pid} 1`) // our number, another beginning: somebody else had it before
  expect(holderOf(lock)).toBeNull()
  expect(
    await withBuildLock(
      lock,
      () => expect.unreachable(),
      () => Promise.resolve('built'),
    ),
  ).toBe('built')
  expect(existsSync(lock)).toBe(false)
})
