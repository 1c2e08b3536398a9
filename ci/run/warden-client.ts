import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { setTimeout as delay } from 'node:timers/promises'
import type { Launch, Launched } from '../../suites/contract/target.ts'
import { releaseLock } from '../tools/lock-file.ts'
import { WardenEvent, type WardenCommand } from './warden-protocol.ts'

/** What the runner sees of one child. */
type Child = {
  readonly name: string
  readonly lines: string[]
  readonly listeners: Set<() => void>
  pid: number
  ended: { readonly code: number | null; readonly signal: string | null } | null
  refused: string | null
}

export type OwnedProcess = Launched & {
  /** Resolves when the process has ended. */
  readonly exit: Promise<{ readonly code: number | null; readonly signal: string | null }>
}

export type Warden = {
  readonly pid: number
  readonly launch: (launch: Launch, onLine?: (line: string) => void) => Promise<OwnedProcess>
  /** Ends everything and waits until the warden itself is gone. */
  readonly close: () => Promise<void>
}

/** Starts the warden of a run. Logs of children go to `logs`; `scratch` and `lock` vanish with it. */
export function startWarden(options: {
  readonly scratch: string
  readonly lock: string
  readonly logs: string
}): Warden {
  const { logs } = options
  mkdirSync(logs, { recursive: true })
  const file = fileURLToPath(new URL('warden.ts', import.meta.url))
  // Detached: a Ctrl-C in the terminal reaches the runner, whose end tells the warden, in that order.
  const process_ = spawn(process.execPath, [file, JSON.stringify({ scratch: options.scratch, lock: options.lock })], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const children = new Map<string, Child>()
  const send = (command: WardenCommand): void => void process_.stdin.write(`${JSON.stringify(command)}\n`)
  let gone = false
  process_.stdin.on('error', () => undefined)
  const exited = new Promise<void>((resolve) => {
    process_.once('exit', () => {
      gone = true
      // A warden that was killed can't end its children: nobody else knows them but us.
      for (const child of children.values()) killGroup(child)
      for (const child of children.values()) settle(child, { code: null, signal: 'SIGKILL' })
      resolve()
    })
  })
  createInterface({ input: process_.stdout }).on('line', (line) =>
    receive(children, WardenEvent.parse(JSON.parse(line))),
  )
  let launches = 0
  return {
    pid: process_.pid ?? 0,
    launch: async (launch, onLine) => {
      if (gone) throw new Error('The warden of this run is gone: start the run again.')
      launches += 1
      const id = `${launches}-${launch.name}`
      const log = join(logs, `${launch.name}.log`)
      const child: Child = { name: launch.name, lines: [], listeners: new Set(), pid: 0, ended: null, refused: null }
      children.set(id, child)
      if (onLine !== undefined) followLines(child, onLine)
      send({
        op: 'launch',
        id,
        command: launch.command,
        args: [...launch.args],
        env: { ...launch.env },
        cwd: launch.cwd ?? process.cwd(),
        log,
      })
      await until(child, () => child.pid > 0 || child.refused !== null || child.ended !== null, 30_000)
      if (child.refused !== null) throw new Error(`${launch.command} could not be started: ${child.refused}`)
      return own(child, id, log, send)
    },
    close: async () => {
      process_.stdin.end()
      await exited
      // A warden that was killed has cleared nothing away.
      rmSync(options.scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
      if (process_.pid !== undefined) releaseLock(options.lock, process_.pid)
    },
  }
}

function killGroup(child: Child): void {
  if (child.ended !== null || child.pid === 0) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}

function settle(child: Child, ended: NonNullable<Child['ended']>): void {
  child.ended ??= ended
  for (const listener of child.listeners) listener()
}

function receive(children: ReadonlyMap<string, Child>, event: WardenEvent): void {
  const child = children.get(event.id)
  if (child === undefined) return
  if (event.event === 'started') child.pid = event.pid
  else if (event.event === 'line') child.lines.push(event.line)
  else if (event.event === 'refused') child.refused = event.error
  else return settle(child, { code: event.code, signal: event.signal })
  for (const listener of child.listeners) listener()
}

function followLines(child: Child, onLine: (line: string) => void): void {
  let seen = 0
  child.listeners.add(() => {
    while (seen < child.lines.length) {
      onLine(child.lines[seen] ?? '')
      seen += 1
    }
  })
}

async function until(child: Child, met: () => boolean, timeoutMs: number): Promise<boolean> {
  if (met()) return true
  return new Promise((resolve) => {
    const listener = (): void => {
      if (!met() && child.ended === null) return
      clearTimeout(timer)
      child.listeners.delete(listener)
      resolve(met())
    }
    const timer = setTimeout(() => {
      child.listeners.delete(listener)
      resolve(false)
    }, timeoutMs)
    child.listeners.add(listener)
  })
}

const quotedLines = 12

/** Its standard error from the log; what it printed on standard output if it said nothing there. */
function lastWords({ lines }: Child, log: string): string {
  try {
    const said = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-quotedLines).join('\n')
    if (said !== '') return said
  } catch {
    // Without a log there is what it printed.
  }
  return lines.slice(-quotedLines).join('\n')
}

async function ending(child: Child, log: string): Promise<string> {
  // Its standard error may still be on the way to the log.
  await delay(100)
  const how = child.ended?.code ?? child.ended?.signal ?? 'nobody knows how'
  return `ended (${how}). Its last words:\n${lastWords(child, log)}`
}

function own(child: Child, id: string, log: string, send: (command: WardenCommand) => void): OwnedProcess {
  const find = (prefix: string) => child.lines.find((line) => line.startsWith(prefix))
  return {
    pid: child.pid,
    exit: until(child, () => child.ended !== null, 2 ** 31 - 1).then(() => child.ended ?? { code: null, signal: null }),
    line: async (prefix, timeoutMs) => {
      await until(child, () => find(prefix) !== undefined, timeoutMs)
      const line = find(prefix)
      if (line !== undefined) return line.slice(prefix.length)
      if (child.ended !== null) throw new Error(`${child.name} ${await ending(child, log)}`)
      throw new Error(
        `${child.name} printed no line "${prefix}…" within ${timeoutMs} ms. Its last words:\n${lastWords(child, log)}`,
      )
    },
    ended: async () => {
      await until(child, () => child.ended !== null, 2 ** 31 - 1)
      return ending(child, log)
    },
    stop: async () => {
      send({ op: 'stop', id })
      await until(child, () => child.ended !== null, 10_000)
    },
  }
}
