/**
 * Runs a command with a PostgreSQL and a Redis apart, as they are installed on this machine, in DATABASE_URL and REDIS_URL:
 * `node ci/tools/with-servers.ts npx meshcert certify --plan quick --only EVT-STEADY --tier processes`.
 * Both listen on loopback, ask for a password and end with this process, however it ends; their files go, too.
 */
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const recipe =
  'Run `node ci/tools/install-servers.ts` as root, or install PostgreSQL and redis-server by your own means.'
const readyWithinMs = 30_000
/** A service opens 50 unless its settings say otherwise, and two trials of EVT-CONFIG run beside it. */
const connectionsMax = 400

function said(command: string, ...args: readonly string[]): string | null {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}

/** The newest installed server's binaries. */
function postgresBinaries(): string {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(debian, version, 'bin')), said('pg_config', '--bindir') ?? '']
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')))
  if (found === undefined) throw new Error(`There is no PostgreSQL server. ${recipe}`)
  return found
}

/** PostgreSQL refuses root: its packages bring a user for it. */
function owner(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const [uid, gid] = [said('id', '-u', 'postgres'), said('id', '-g', 'postgres')]
  if (uid === null || gid === null) throw new Error(`There is no user postgres to run the server as. ${recipe}`)
  return { uid: Number(uid), gid: Number(gid) }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return address !== null && typeof address === 'object' ? address.port : 0
}

type Kept = { readonly stop: () => Promise<void>; readonly hasEnded: () => boolean }
type User = ReturnType<typeof owner>

// The end of its stdin, for whatever reason, ends the server and removes its files.
const keeper = '"$@" & p=$!; cat >/dev/null; kill -INT $p; wait $p; rm -rf "$FOLDER" 2>/dev/null'

function keep(folder: string, user: User, server: readonly string[]): Kept {
  const child = spawn('/bin/sh', ['-c', keeper, 'keeper', ...server], {
    ...user,
    cwd: '/',
    env: { PATH: process.env['PATH'], FOLDER: folder, LC_ALL: 'C' },
    // A Ctrl-C is for the command: the servers end when it has.
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  return {
    stop: async () => {
      const ended = child.exitCode === null ? once(child, 'exit') : null
      child.stdin?.end()
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
    hasEnded: () => child.exitCode !== null,
  }
}

async function ready(name: string, answers: () => boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < readyWithinMs; waitedMs += 100) {
    if (answers()) return
    await delay(100)
  }
  throw new Error(`${name} did not answer within ${readyWithinMs} ms: its lines above tell why.`)
}

const password = randomBytes(16).toString('hex')

/** A folder below the one for temporary files, of the user who runs the server. */
function folderOf(name: string, { uid, gid }: User): string {
  const folder = mkdtempSync(join(tmpdir(), `meshcert-${name}-`))
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid)
  return folder
}

async function startDatabase(): Promise<Kept & { readonly url: string }> {
  const [bin, user, port] = [postgresBinaries(), owner(), await freePort()]
  const folder = folderOf('postgres', user)
  const [data, secret] = [join(folder, 'data'), join(folder, 'password')]
  writeFileSync(secret, password, { mode: 0o644 })
  const init = ['-D', data, '--username=meshcert', `--pwfile=${secret}`, '--auth=scram-sha-256', '--encoding=UTF8']
  const { status, stderr } = spawnSync(join(bin, 'initdb'), [...init, '--locale=C'], { ...user, cwd: '/' })
  if (status !== 0) throw new Error(`initdb ended with ${status}: ${String(stderr)}`)
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: folder,
    max_connections: connectionsMax,
    // EVT-COST asks for it.
    track_wal_io_timing: 'on',
    log_min_messages: 'fatal',
  }
  const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const kept = keep(folder, user, [join(bin, 'postgres'), '-D', data, ...given])
  const isReady = join(bin, 'pg_isready')
  await ready('PostgreSQL', () => said(isReady, '-q', '-h', '127.0.0.1', '-p', String(port)) !== null)
  return { ...kept, url: `postgresql://meshcert:${password}@127.0.0.1:${port}/postgres` }
}

async function startCache(): Promise<Kept & { readonly url: string }> {
  if (said('redis-server', '--version') === null) throw new Error(`There is no redis-server. ${recipe}`)
  const port = await freePort()
  const folder = folderOf('redis', {})
  const options = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--requirepass']
  const kept = keep(folder, {}, ['redis-server', ...options, password])
  const ping = ['-h', '127.0.0.1', '-p', String(port), '-a', password, '--no-auth-warning', 'ping']
  await ready('Redis', () => said('redis-cli', ...ping) === 'PONG')
  return { ...kept, url: `redis://:${password}@127.0.0.1:${port}` }
}

const [command, ...args] = process.argv.slice(2)
if (command === undefined) {
  process.stderr.write('Say what to run: node ci/tools/with-servers.ts npx meshcert certify …\n')
  process.exit(64)
}
const database = await startDatabase()
try {
  const cache = await startCache()
  try {
    const env = { ...process.env, DATABASE_URL: database.url, REDIS_URL: cache.url }
    const child = spawn(command, args, { stdio: 'inherit', env })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
    const [code] = await once(child, 'exit')
    process.exitCode = typeof code === 'number' ? code : 70
  } finally {
    await cache.stop()
  }
} finally {
  await database.stop()
}
