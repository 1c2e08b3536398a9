import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

type Snippet = { readonly rule: string; readonly path: string; readonly code: string }

/** Lines that are fine by themselves, so that a file of them breaks exactly one rule. */
const lines = (count: number, line = 'use(1)'): string => Array.from({ length: count }, () => line).join('\n')
const use = 'const use = (value: unknown): unknown => value\n'

const bad: readonly Snippet[] = [
  {
    rule: 'house(rooms)',
    path: 'suites/mesh/fixture-import.ts',
    code: "import { a } from '../../fixtures/fine.ts'\nexport const b = a\n",
  },
  {
    rule: 'house(rooms)',
    path: 'suites/mesh/lazy-import.ts',
    code: "export const b: unknown = await import('../../ci/fine.ts')\n",
  },
  { rule: 'house(rooms)', path: 'k6/re-export.ts', code: "export { fine } from '../suites/contract/fine.ts'\n" },
  {
    rule: 'house(rooms)',
    path: 'fixtures/cli.ts',
    code: "import { Command } from 'commander'\nexport const c = Command\n",
  },
  { rule: 'house(rooms)', path: 'nowhere/at-all.ts', code: "import { fine } from './b.ts'\nexport const c = fine\n" },
  {
    rule: 'house(injected)',
    path: 'fixtures/mesh/socket.ts',
    code: "import { createSocket } from 'node:dgram'\nexport const s = createSocket\n",
  },
  {
    rule: 'house(injected)',
    path: 'fixtures/mesh/bytes.ts',
    code: "import { randomBytes } from 'node:crypto'\nexport const s = randomBytes\n",
  },
  {
    rule: 'house(injected)',
    path: 'fixtures/mesh/namespace.ts',
    code: "import * as crypto from 'node:crypto'\nexport const s = crypto.createHash\n",
  },
  { rule: 'house(injected)', path: 'fixtures/mesh/date.ts', code: 'export const s = new Date()\n' },
  {
    rule: 'house(no-barrel)',
    path: 'fixtures/barrel.ts',
    code: "export * from './fine.ts'\n",
  },
  {
    rule: 'house(explained-assertion)',
    path: 'fixtures/assertion.ts',
    code: 'export const wrong = 1 as unknown as string\n',
  },
  ...['setTimeout(() => undefined, 1)', 'setInterval(() => undefined, 1)', 'setImmediate(() => undefined)'].map(
    (call, index) => ({ rule: 'eslint(no-restricted-globals)', path: `suites/timer-${index}.ts`, code: `${call}\n` }),
  ),
  {
    rule: 'eslint(no-restricted-globals)',
    path: 'chaos/faults/hidden-timer.ts',
    code: 'globalThis.setTimeout(() => undefined, 1)\n',
  },
  {
    rule: 'eslint(no-restricted-globals)',
    path: 'fixtures/events/perf.ts',
    code: 'export const now = performance.now()\n',
  },
  ...['Date.now()', 'Math.random()', 'process.hrtime.bigint()', 'crypto.randomUUID()'].map((call, index) => ({
    rule: 'eslint(no-restricted-properties)',
    path: `fixtures/events/property-${index}.ts`,
    code: `export const drawn = ${call}\n`,
  })),
  {
    rule: 'eslint(no-restricted-properties)',
    path: 'fixtures/events/destructured.ts',
    code: 'export const { now } = Date\n',
  },
  {
    rule: 'typescript(no-explicit-any)',
    path: 'ci/any.ts',
    code: 'export const f = (value: any): void => void value\n',
  },
  {
    rule: 'typescript(consistent-type-imports)',
    path: 'ci/type-import.ts',
    code: "import { Fine } from './fine.ts'\nexport const f: Fine = 1\n",
  },
  {
    rule: 'typescript(no-floating-promises)',
    path: 'ci/floating.ts',
    code: 'const f = async (): Promise<void> => undefined\nf()\n',
  },
  {
    rule: 'typescript(no-misused-promises)',
    path: 'ci/misused.ts',
    code: 'export const f = (p: Promise<boolean>): number => (p ? 1 : 2)\n',
  },
  {
    rule: 'typescript(await-thenable)',
    path: 'ci/thenable.ts',
    code: 'const f = (x: number): number => x\nawait f(1)\n',
  },
  {
    rule: 'typescript(return-await)',
    path: 'ci/return-await.ts',
    code: 'export async function f(p: Promise<number>) {\n  try {\n    return p\n  } catch {\n    return 1\n  }\n}\n',
  },
  {
    rule: 'typescript(switch-exhaustiveness-check)',
    path: 'ci/switch.ts',
    code: "export function f(word: 'a' | 'b'): number {\n  switch (word) {\n    case 'a':\n      return 1\n  }\n  return 2\n}\n",
  },
  { rule: 'typescript(only-throw-error)', path: 'ci/throw.ts', code: "export const f = () => {\n  throw 'text'\n}\n" },
  {
    rule: 'typescript(prefer-promise-reject-errors)',
    path: 'ci/reject.ts',
    code: "export const f = () => Promise.reject('text')\n",
  },
  {
    rule: 'typescript(no-unsafe-member-access)',
    path: 'ci/member.ts',
    code: "export const f = Boolean(JSON.parse('1').length)\n",
  },
  { rule: 'typescript(no-unsafe-call)', path: 'ci/call.ts', code: "void JSON.parse('1')()\n" },
  {
    rule: 'typescript(no-unsafe-return)',
    path: 'ci/return.ts',
    code: "export const f = (): number => JSON.parse('1')\n",
  },
  {
    rule: 'typescript(no-non-null-assertion)',
    path: 'ci/non-null.ts',
    code: 'export const f = (x?: string): number => x!.length\n',
  },
  { rule: 'eslint(eqeqeq)', path: 'ci/equal.ts', code: 'export const f = (x: number): boolean => x == 1\n' },
  { rule: 'eslint(no-var)', path: 'ci/var.ts', code: 'export var f = 1\n' },
  { rule: 'eslint(prefer-const)', path: 'ci/const.ts', code: 'let f = 1\nexport const g = f\n' },
  { rule: 'eslint(no-unused-vars)', path: 'ci/unused.ts', code: 'const f = 1\nexport const g = 2\n' },
  { rule: 'eslint(max-lines)', path: 'ci/long.ts', code: `${use}${lines(400)}\n` },
  {
    rule: 'eslint(max-lines-per-function)',
    path: 'ci/long-function.ts',
    code: `${use}export function f(): void {\n${lines(70)}\n}\n`,
  },
  { rule: 'unicorn(filename-case)', path: 'ci/camelCase.ts', code: 'export const f = 1\n' },
  { rule: 'import(no-default-export)', path: 'ci/default.ts', code: 'export default 1\n' },
  {
    rule: 'vitest(no-focused-tests)',
    path: 'ci/focused.self.test.ts',
    code: testFile("test.only('a', () => expect(1).toBe(1))"),
  },
  {
    rule: 'vitest(no-disabled-tests)',
    path: 'ci/disabled.self.test.ts',
    code: testFile("test.skip('a', () => expect(1).toBe(1))"),
  },
  {
    rule: 'vitest(valid-expect)',
    path: 'ci/no-matcher.self.test.ts',
    code: testFile("test('a', () => void expect(1))"),
  },
  { rule: 'vitest(expect-expect)', path: 'ci/nothing.self.test.ts', code: testFile("test('a', () => void expect)") },
  {
    rule: 'import(no-cycle)',
    path: 'ci/cycle-a.ts',
    code: "import { b } from './cycle-b.ts'\nexport const a = (): number => b()\n",
  },
]

function testFile(call: string): string {
  return `import { expect, test } from 'vitest'\n${call}\n`
}

/** Neighbours of the bad ones that must stay free. */
const good: readonly Omit<Snippet, 'rule'>[] = [
  { path: 'fixtures/fine.ts', code: 'export const a = 1\n' },
  { path: 'ci/fine.ts', code: 'export type Fine = number\nexport const fine = 1\n' },
  { path: 'suites/contract/fine.ts', code: "import { z } from 'zod'\nexport const fine = z.string()\n" },
  {
    path: 'k6/types.ts',
    code: "import type { fine } from '../suites/contract/fine.ts'\nexport type F = typeof fine\n",
  },
  { path: 'fixtures/live/clock.ts', code: 'export const f = (): number => Date.now() + performance.now()\n' },
  { path: 'chaos/lease.ts', code: 'export const f = (): unknown => setTimeout(() => undefined, 1)\n' },
  { path: 'fixtures/mesh/parsed-date.ts', code: "export const f = new Date('2026-01-01')\n" },
  {
    path: 'fixtures/mesh/hash.ts',
    code: "import { createHash } from 'node:crypto'\nexport const f = createHash('sha256')\n",
  },
  {
    path: 'fixtures/explained.ts',
    code: '// A JSON number, read as text on purpose.\nexport const f = 1 as unknown as string\n',
  },
  { path: 'fixtures/target.ts', code: 'export default 1\n' },
  {
    path: 'suites/mesh/oracle.self.test.ts',
    code: "import { expect, test } from 'vitest'\nimport { a } from '../../fixtures/fine.ts'\ntest('a', () => expect(a).toBe(1))\n",
  },
  { path: 'ci/not-too-long.ts', code: `${use}export function f(): void {\n${lines(68)}\n}\n${lines(329)}\n` },
]

const root = fileURLToPath(new URL('../..', import.meta.url))
const copied = [
  'oxlint.config.ts',
  'tsconfig.json',
  'package.json',
  'ci/lint/plugin.ts',
  'ci/lint/rooms.ts',
  'ci/lint/injected.ts',
]
const Report = z.object({ diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })) })

describe('every lint rule is proved by a snippet that breaks it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshcert-lint-'))
  const seen = new Map<string, string[]>()

  function write(path: string, code: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), code)
  }

  beforeAll(() => {
    for (const path of copied) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      copyFileSync(join(root, path), join(folder, path))
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    for (const { path, code } of [...bad, ...good]) write(path, code)
    write('ci/cycle-b.ts', "import { a } from './cycle-a.ts'\nexport const b = (): number => a()\n")
    const program = join(root, 'node_modules/oxlint/bin/oxlint')
    const run = spawnSync(process.execPath, [program, '--type-aware', '--format', 'json'], {
      cwd: folder,
      encoding: 'utf8',
    })
    if (run.status !== 1)
      throw new Error(`oxlint ended ${run.status} instead of finding the bad snippets: ${run.stderr}`)
    for (const { code, filename } of Report.parse(JSON.parse(run.stdout)).diagnostics) {
      seen.set(filename, [...(seen.get(filename) ?? []), code])
    }
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  test.each(bad)('$rule in $path', ({ rule, path }) => {
    expect([...new Set(seen.get(path))]).toEqual([rule])
  })

  test.each(good)('nothing in $path', ({ path }) => {
    expect(seen.get(path)).toBeUndefined()
  })

  test('no configured rule is without its proof', async () => {
    const { default: config } = await import(new URL('../../oxlint.config.ts', import.meta.url).href)
    const Config = z.object({ rules: z.record(z.string(), z.unknown()) })
    const configured = Object.entries(Config.parse(config).rules)
      .filter(([, setting]) => setting !== 'off')
      .map(([name]) => (name.includes('/') ? name.replace('/', '(') : `eslint(${name}`).concat(')'))
    expect(configured.filter((rule) => !bad.some((snippet) => snippet.rule === rule))).toEqual([])
  })
})
