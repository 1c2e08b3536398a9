/**
 * A container engine of our own where there is none: Debian's, unpacked into a temporary folder and started in a network and
 * a mount namespace of its own. Its bridges, its firewall rules and its mounts end with its processes; its data, socket and
 * process file lie in the folder. `stopEngine` ends it and removes the folder and its control groups: nothing else was touched.
 */
import { spawn } from 'node:child_process'
import { existsSync, openSync, readFileSync, readdirSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Say } from '../run/progress.ts'
import { exitCodes, Stop } from '../run/stop.ts'
import { engineFolder, unpackEngine } from './engine-packages.ts'
import { makeFolder } from './folder.ts'

const socketIn = (folder: string): string => join(folder, 'engine.sock')
const recordIn = (folder: string): string => join(folder, 'engine.json')
const Record_ = z.object({ pid: z.int().positive(), cgroup: z.string(), path: z.string() })

const groupsRoot = '/sys/fs/cgroup'
const [upWithinMs, downWithinMs, pollMs] = [30_000, 20_000, 100]
const standardSocket = '/var/run/docker.sock'
/** Programs of Debian's base system. */
const needed = ['apt-get', 'dpkg-deb', 'unshare'] as const

/** Whether an engine answers at this socket. */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: '/_ping', timeout: 5_000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
    asked.end()
  })
}

/** The socket of an engine that is there already; null where none answers. An engine over TCP is taken at its word. */
export async function findEngine(environment: NodeJS.ProcessEnv): Promise<string | null> {
  const asked = environment['DOCKER_HOST']
  if (asked !== undefined && !asked.startsWith('unix://')) return asked
  const sockets = [asked?.slice('unix://'.length) ?? standardSocket, socketIn(engineFolder())]
  for (const socket of sockets) if (await answers(socket)) return `unix://${socket}`
  return null
}

const isThere = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program)))

function checkPrerequisites(): void {
  const elsewhere = 'Start an engine yourself and set DOCKER_HOST to its socket.'
  const missing = needed.filter((program) => !isThere(program))
  if (process.platform !== 'linux' || missing.length > 0)
    throw new Stop(
      exitCodes.inconclusive,
      `An engine can be started on Debian only (missing here: ${missing.join(', ') || 'Linux'}). ${elsewhere}`,
    )
  if (process.getuid?.() !== 0)
    throw new Stop(exitCodes.inconclusive, `Only root can start an engine: run this as root. ${elsewhere}`)
}

/** The end of what the engine said, for people. */
const lastWords = (log: string): string => readFileSync(log, 'utf8').trimEnd().split('\n').slice(-12).join('\n')

function launch(folder: string, unpacked: { readonly path: string; readonly environment: NodeJS.ProcessEnv }): number {
  const group = `meshcert-engine-${process.pid}`
  writeFileSync(join(folder, 'daemon.json'), '{}')
  const flags = {
    'data-root': join(folder, 'data'),
    'exec-root': join(folder, 'exec'),
    pidfile: join(folder, 'engine.pid'),
    'config-file': join(folder, 'daemon.json'),
    host: `unix://${socketIn(folder)}`,
    group: '0',
    'cgroup-parent': `/${group}`,
    'userland-proxy': 'false',
    // Nobody but a process with CAP_SYS_RESOURCE may ask to be spared.
    'oom-score-adjust': '0',
    'shutdown-timeout': '5',
  }
  const log = openSync(join(folder, 'engine.log'), 'a')
  const options = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  const child = spawn('unshare', ['--net', '--mount', '--', 'dockerd', ...options], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
    env: { ...process.env, ...unpacked.environment, PATH: unpacked.path },
  })
  child.on('error', () => undefined)
  child.unref()
  const pid = child.pid ?? 0
  writeFileSync(recordIn(folder), JSON.stringify({ pid, cgroup: group, path: unpacked.path }))
  return pid
}

/** Starts the engine and answers its address. Throws, naming the next step, where that can't be; then nothing is left. */
export async function startEngine(say: Say): Promise<string> {
  checkPrerequisites()
  const folder = engineFolder()
  if (existsSync(folder)) await stopEngine()
  makeFolder(folder, 0o711)
  try {
    say('fetching Debian’s docker.io, iptables and nftables')
    const pid = launch(folder, await unpackEngine(folder))
    for (let waitedMs = 0; waitedMs < upWithinMs && lives(pid); waitedMs += pollMs) {
      if (await answers(socketIn(folder))) return `unix://${socketIn(folder)}`
      await delay(pollMs)
    }
    const said = lastWords(join(folder, 'engine.log'))
    throw new Stop(
      exitCodes.inconclusive,
      `The engine did not come up. Its last words:\n${said}\nStart one yourself and set DOCKER_HOST to its socket.`,
    )
  } catch (error) {
    await stopEngine()
    throw error
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // Gone already: that is what was wanted.
  }
}

const entries = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Names of the engine's processes, as the kernel cuts them; before it is the engine, it is what makes its namespaces. */
const engineNames = /^(unshare|dockerd|containerd|containerd-shim|runc)$/

/** The engine of this folder, its container daemon, and who watches each container. */
function processesOf(folder: string): readonly number[] {
  const isOne = (pid: string): boolean => {
    try {
      const name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
      return engineNames.test(name) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${folder}/`)
    } catch {
      return false
    }
  }
  return entries('/proc')
    .filter((name) => /^\d+$/.test(name) && isOne(name))
    .map(Number)
}

/** Control groups of this name in every hierarchy, the innermost first. */
function groupsNamed(name: string): readonly string[] {
  const below = (folder: string): readonly string[] => [
    ...entries(folder)
      .map((entry) => join(folder, entry))
      .filter((entry) => statSync(entry, { throwIfNoEntry: false })?.isDirectory() === true)
      .flatMap(below),
    folder,
  ]
  return entries(groupsRoot)
    .map((hierarchy) => join(groupsRoot, hierarchy, name))
    .filter((folder) => existsSync(folder))
    .flatMap(below)
}

const membersOf = (group: string): readonly number[] => {
  try {
    return readFileSync(join(group, 'cgroup.procs'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map(Number)
  } catch {
    return []
  }
}

/** Ends the engine and everything that it runs, and removes what it kept. Answers whether there was one. */
export async function stopEngine(): Promise<boolean> {
  const folder = engineFolder()
  if (!existsSync(folder)) return false
  const found = existsSync(recordIn(folder)) ? JSON.parse(readFileSync(recordIn(folder), 'utf8')) : null
  const record = Record_.safeParse(found).data
  const groups = () => (record === undefined ? [] : groupsNamed(record.cgroup))
  const everyone = () => [...new Set([...processesOf(folder), ...groups().flatMap(membersOf)])]
  for (const pid of processesOf(folder).filter((one) => one === record?.pid)) signal(pid, 'SIGTERM')
  const isUp = () => record !== undefined && lives(record.pid) && processesOf(folder).includes(record.pid)
  for (let waitedMs = 0; waitedMs < downWithinMs && isUp(); waitedMs += pollMs) await delay(pollMs)
  for (let waitedMs = 0; waitedMs < downWithinMs && everyone().length > 0; waitedMs += pollMs) {
    for (const pid of everyone()) signal(pid, 'SIGKILL')
    await delay(pollMs)
  }
  for (const group of groups()) rmdirSync(group)
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  return true
}
