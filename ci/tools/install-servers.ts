/**
 * Installs Debian's postgresql and redis-server for runs with servers apart and for the tests of the cache, without starting
 * them and without a cluster: `node ci/tools/install-servers.ts`, as root. `with-servers.ts` and each test start their own on
 * loopback and end them.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const recipe = 'Install PostgreSQL 15 and redis-server 7, or newer ones, by your own means.'

/** Ends with what to do; whatever was put in place is taken away first. */
function stop(why: string): never {
  throw new Error(`${why} ${recipe}`)
}

function run(command: string, ...args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env })
  if (status !== 0) stop(`${[command, ...args].join(' ')} ended with ${error?.message ?? status}.`)
}

/** What stands in a file while packages are installed; an administrator's own stays in force. */
function meanwhile(file: string, text: string, mode: number): () => void {
  if (existsSync(file)) return () => undefined
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text, { mode })
  return () => rmSync(file)
}

if (process.getuid?.() !== 0) stop('Packages are installed by root alone.')
if (!existsSync('/usr/bin/apt-get')) stop('There is no apt-get here.')

// Debian starts what it installs unless this policy forbids it, and makes a cluster of PostgreSQL unless told not to.
const undo = [
  meanwhile('/usr/sbin/policy-rc.d', '#!/bin/sh\nexit 101\n', 0o755),
  meanwhile('/etc/postgresql-common/createcluster.d/meshcert.conf', 'create_main_cluster = false\n', 0o644),
]
try {
  run('apt-get', 'update', '-qq')
  run('apt-get', 'install', '-y', '--no-install-recommends', 'postgresql', 'redis-server')
} finally {
  for (const one of undo) one()
}
run('redis-server', '--version')
