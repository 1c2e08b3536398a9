/**
 * The warden: one process that owns every child of a run. When the runner's pipe closes, for
 * whatever reason, it ends all of them, removes the run's scratch directory and its lock, and goes.
 *
 * Started by the runner with the JSON `{ scratch, lock }` as its argument.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { holderOf } from '../tools/lock-file.ts'
import { WardenCommand, type WardenEvent } from './warden-protocol.ts'

const { scratch, lock } = z.object({ scratch: z.string(), lock: z.string() }).parse(JSON.parse(process.argv[2] ?? '{}'))

/** How long children get to end by themselves before their whole process group is killed. */
const graceMs = 2_500

const children = new Map<string, ChildProcess>()

const tell = (event: WardenEvent): void => {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group is gone already: that is what was wanted.
  }
}

function groupLives(child: ChildProcess): boolean {
  if (child.pid === undefined) return false
  try {
    process.kill(-child.pid, 0)
    return true
  } catch {
    return false
  }
}

function launch(command: Extract<WardenCommand, { op: 'launch' }>): void {
  const { id } = command
  const log = createWriteStream(command.log, { flags: 'a' })
  // A group of its own, so that grandchildren go with it; its end of stdin tells it that we are gone.
  const child = spawn(command.command, command.args, {
    cwd: command.cwd,
    env: { ...process.env, ...command.env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  log.on('error', () => child.stderr.resume())
  child.stdin.on('error', () => undefined)
  child.stderr.pipe(log)
  createInterface({ input: child.stdout }).on('line', (line) => tell({ event: 'line', id, line }))
  child.on('spawn', () => tell({ event: 'started', id, pid: child.pid ?? 0 }))
  child.on('error', (error) => tell({ event: 'refused', id, error: error.message }))
  child.on('close', (code, signal) => {
    // Whatever the child left behind in its group goes with it.
    signalGroup(child, 'SIGKILL')
    children.delete(id)
    tell({ event: 'ended', id, code, signal })
  })
  children.set(id, child)
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  child.stdin?.end()
  for (let waitedMs = 0; waitedMs < graceMs && groupLives(child); waitedMs += 25) await delay(25)
  signalGroup(child, 'SIGKILL')
}

let ending = false
async function endAll(): Promise<void> {
  if (ending) return
  ending = true
  await Promise.all([...children.values()].map(end))
  rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  // A run that ended while it waited for the lock must not take it from the run that holds it.
  if (holderOf(lock) === process.pid) rmSync(lock, { force: true })
  process.exit(0)
}

process.stdout.on('error', () => undefined)
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void endAll())
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const command = WardenCommand.parse(JSON.parse(line))
    if (command.op === 'launch') return launch(command)
    const child = children.get(command.id)
    if (child !== undefined) void end(child)
  })
  .on('close', () => void endAll())
