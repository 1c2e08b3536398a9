import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { holderOf, tryLock } from '../tools/lock-file.ts'
import { startWarden } from './warden-client.ts'

const rooms: string[] = []
const makeRoom = (): string => {
  const room = mkdtempSync(join(tmpdir(), 'meshcert-warden-'))
  rooms.push(room)
  return room
}
afterEach(() => {
  for (const room of rooms.splice(0)) rmSync(room, { recursive: true, force: true })
})

const lives = (pid: number): boolean => {
  try {
    // A killed process may stay a zombie until its new parent reaps it; it holds nothing any more.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

const until = (met: () => boolean, timeoutMs: number): Promise<void> =>
  expect.poll(met, { timeout: timeoutMs, interval: 50 }).toBe(true)

/** A child that ignores SIGTERM and has a child of its own: the stubborn case. */
const stubborn = `process.on('SIGTERM',()=>{});const c=require('node:child_process').spawn('sleep',['600']);console.log('pids '+process.pid+' '+c.pid);setInterval(()=>{},1000)`

test('a killed runner leaves no process, no scratch directory and no lock behind', async () => {
  const room = makeRoom()
  const [scratch, lock, logs] = [join(room, 'scratch'), join(room, 'lock'), join(room, 'logs')]
  const client = fileURLToPath(new URL('warden-client.ts', import.meta.url))
  const locks = fileURLToPath(new URL('../tools/lock-file.ts', import.meta.url))
  const script = `
    import { mkdirSync } from 'node:fs'
    import { startWarden } from ${JSON.stringify(client)}
    import { tryLock } from ${JSON.stringify(locks)}
    mkdirSync(${JSON.stringify(scratch)})
    const warden = startWarden(${JSON.stringify({ scratch, lock, logs })})
    tryLock(${JSON.stringify(lock)}, warden.pid)
    const child = await warden.launch({ name: 'stubborn', command: process.execPath, args: ['-e', ${JSON.stringify(stubborn)}] })
    console.log(warden.pid + ' ' + (await child.line('pids ', 10_000)))`
  const runner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await new Promise<[string]>((resolve) =>
    createInterface({ input: runner.stdout }).once('line', (text) => resolve([text])),
  )
  const pids = line.split(' ').map(Number)
  expect(pids).toHaveLength(3)
  expect(pids.every(lives)).toBe(true)
  expect(holderOf(lock)).toBe(pids[0])
  runner.kill('SIGKILL')
  await until(() => !pids.some(lives), 5_000)
  expect([existsSync(scratch), existsSync(lock)]).toEqual([false, false])
})

test('a run that ends while it waits leaves the lock to the run that holds it', async () => {
  const room = makeRoom()
  const lock = join(room, 'lock')
  expect(tryLock(lock, process.pid)).toBe(true)
  const waiting = startWarden({ scratch: join(room, 'scratch'), lock, logs: join(room, 'logs') })
  expect(tryLock(lock, waiting.pid)).toBe(false)
  await waiting.close()
  expect(holderOf(lock)).toBe(process.pid)
})

test('children of a killed warden are killed by the runner, which clears its scratch and lock away', async () => {
  const room = makeRoom()
  const [scratch, lock] = [join(room, 'scratch'), join(room, 'lock')]
  mkdirSync(scratch)
  const warden = startWarden({ scratch, lock, logs: join(room, 'logs') })
  expect(tryLock(lock, warden.pid)).toBe(true)
  const child = await warden.launch({ name: 'stubborn', command: process.execPath, args: ['-e', stubborn] })
  const pids = (await child.line('pids ', 10_000)).split(' ').map(Number)
  process.kill(warden.pid, 'SIGKILL')
  await child.exit
  await expect.poll(() => pids.filter(lives), { timeout: 5_000, interval: 50 }).toEqual([])
  await warden.close()
  expect([existsSync(scratch), existsSync(lock)]).toEqual([false, false])
})

test('a process that ends too early tells its last words', async () => {
  const room = makeRoom()
  const warden = startWarden({ scratch: join(room, 'scratch'), lock: join(room, 'lock'), logs: join(room, 'logs') })
  const child = await warden.launch({
    name: 'brief',
    command: process.execPath,
    args: ['-e', 'console.error("no database");process.exit(3)'],
  })
  await expect(child.line('ready ', 10_000)).rejects.toThrow(/brief ended \(3\).*\n.*no database/s)
  await warden.close()
})

test('a command that does not exist is refused by name', async () => {
  const room = makeRoom()
  const warden = startWarden({ scratch: join(room, 'scratch'), lock: join(room, 'lock'), logs: join(room, 'logs') })
  await expect(warden.launch({ name: 'absent', command: '/nonexistent/tool', args: [] })).rejects.toThrow(
    /nonexistent.*ENOENT/,
  )
  await warden.close()
})
