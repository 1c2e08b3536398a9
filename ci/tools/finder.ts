/**
 * Finds the Go tools that this repository pins, or builds them once into a cache outside the
 * checkout, by the hash of what they are built from. Nothing is fetched while a test runs, and a
 * tool that can't be had is told with the next step, not thrown.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { withBuildLock } from './build-lock.ts'
import { makeFolder } from './folder.ts'
import { findGo, goBuild, goRecipe, runAsChild, type Go, type RunToEnd } from './go.ts'
import { pinnedVersion, sourceHash, toolModules, type ToolModule, type ToolName } from './module.ts'

export type Tool = { readonly path: string; readonly version: string; readonly sha256: string }
/** Why there is no such tool, and what to do about it. */
export type MissingTool = { readonly missing: string; readonly recipe: string }

export type FinderOptions = {
  readonly root?: string
  readonly environment?: NodeJS.ProcessEnv
  /** Progress of a build: it takes minutes when nothing is cached. */
  readonly say?: (line: string) => void
  readonly run?: RunToEnd
}

type Finder = { readonly [K in keyof FinderOptions]-?: NonNullable<FinderOptions[K]> }

const repository = fileURLToPath(new URL('../..', import.meta.url))
const toStandardError = (line: string): void => void process.stderr.write(`${line}\n`)

export function toolCache(environment: NodeJS.ProcessEnv): string {
  return join(environment['XDG_CACHE_HOME'] || join(environment['HOME'] || homedir(), '.cache'), 'meshcert', 'tools')
}

/** Path, version and digest of a pinned tool, built first if need be. Never throws for a tool that is missing. */
export async function findTool(name: ToolName, options: FinderOptions = {}): Promise<Tool | MissingTool> {
  const finder: Finder = {
    root: repository,
    environment: process.env,
    say: toStandardError,
    run: runAsChild,
    ...options,
  }
  const module = toolModules[name]
  const override = finder.environment[module.override]
  if (override !== undefined && override !== '') return ownBinary(resolve(override), module)
  const hash = (await sourceHash(finder.root, module)).slice(0, 20)
  const cache = toolCache(finder.environment)
  const go = await findGo(finder.environment)
  if (typeof go === 'string') return builtEarlier(finder, { name, hash, cache, why: go })
  const folder = join(cache, `${name}-${hash}-go${go.version}-${go.platform.replace('/', '-')}`)
  const path = join(folder, name)
  if (!existsSync(path)) {
    const failed = await build(finder, { name, module, go, folder })
    if (failed !== null) return failed
  }
  return { path, version: await pinnedVersion(finder.root, module), sha256: await sha256Of(path) }
}

/** A binary that the user names: it must say that it is what is needed, and its own version is recorded. */
async function ownBinary(path: string, module: ToolModule): Promise<Tool | MissingTool> {
  try {
    const { stdout, stderr } = await promisify(execFile)(path, [...module.versionArguments], { timeout: 20_000 })
    const said = `${stdout}${stderr}`
    if (!module.versionMark.test(said)) throw new Error(`it does not say ${module.versionMark.source} of itself`)
    return { path, version: said.trim().split('\n')[0] ?? 'unknown', sha256: await sha256Of(path) }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return {
      missing: `${module.override}=${path} can't be used: ${why}`,
      recipe: `Build it with \`go build -o FILE ${module.package}\` in ${module.folder}, or unset ${module.override}.`,
    }
  }
}

type Wanted = { readonly name: ToolName; readonly hash: string; readonly cache: string; readonly why: string }

/** Without Go, a binary that was built from these very sources still serves: a CI cache may bring it along. */
async function builtEarlier({ root }: Finder, { name, hash, cache, why }: Wanted): Promise<Tool | MissingTool> {
  const folders = existsSync(cache) ? readdirSync(cache).filter((folder) => folder.startsWith(`${name}-${hash}-`)) : []
  const paths = folders.map((folder) => join(cache, folder, name)).filter((path) => existsSync(path))
  const newest = paths.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0]
  if (newest === undefined) {
    return { missing: `${name} is not built yet and can't be: ${why}`, recipe: goRecipe }
  }
  return { path: newest, version: await pinnedVersion(root, toolModules[name]), sha256: await sha256Of(newest) }
}

type Build = { readonly name: ToolName; readonly module: ToolModule; readonly go: Go; readonly folder: string }

const heartbeatMs = 15_000
const quotedLines = 8

/** Builds under a temporary name and renames; null when the binary is there. */
async function build(finder: Finder, { name, module, go, folder }: Build): Promise<MissingTool | null> {
  const { root, say, run } = finder
  const path = join(folder, name)
  try {
    makeFolder(folder)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { missing: `${name} can't be cached: ${why}`, recipe: 'Set XDG_CACHE_HOME to a folder that you may write.' }
  }
  const onWait = (holder: number) => say(`${name} is being built by process ${holder}: waiting for it`)
  return withBuildLock(join(folder, 'lock'), onWait, async () => {
    if (existsSync(path)) return null
    const startedMs = Date.now()
    const seconds = () => `${Math.round((Date.now() - startedMs) / 1_000)} s`
    say(`building ${name} with Go ${go.version}: seconds when Go's caches are warm, some minutes when they are not`)
    const heartbeat = setInterval(() => say(`building ${name}: ${seconds()} so far`), heartbeatMs)
    const draft = join(folder, `.${name}.${process.pid}`)
    const lines: string[] = []
    const command = goBuild(draft, module.package)
    const ended = await run({
      name: `build-${name}`,
      cwd: join(root, module.folder),
      ...command,
      onLine: (line) => lines.push(line),
    })
      .catch((error: unknown) => String(error))
      .finally(() => clearInterval(heartbeat))
    if (ended !== 0 || !existsSync(draft)) {
      rmSync(draft, { force: true })
      return {
        missing: `${name} could not be built (${ended}): ${lines.slice(-quotedLines).join(' | ')}`,
        recipe: `Run \`${command.command} build ${module.package}\` in ${module.folder} to see why; the first build needs the Go module proxy.`,
      }
    }
    renameSync(draft, path)
    say(`built ${name} in ${seconds()}`)
    return null
  })
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
