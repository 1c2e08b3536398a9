/**
 * Installs Debian's redis-server for the tests of the cache, without starting it: `node ci/tools/install-redis.ts`, as root.
 * Each test starts one of its own on a port of loopback and ends it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'

const recipe = 'Install redis-server 7 or newer by your own means: the tests look for it in PATH.'

/** Ends with what to do; whatever was put in place is taken away first. */
function stop(why: string): never {
  throw new Error(`${why} ${recipe}`)
}

function run(command: string, ...args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env })
  if (status !== 0) stop(`${[command, ...args].join(' ')} ended with ${error?.message ?? status}.`)
}

if (process.getuid?.() !== 0) stop('Packages are installed by root alone.')
if (!existsSync('/usr/bin/apt-get')) stop('There is no apt-get here.')

// Debian starts what it installs unless this policy forbids it; an administrator's own stays in force.
const policy = '/usr/sbin/policy-rc.d'
const isOurs = !existsSync(policy)
if (isOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
try {
  run('apt-get', 'update', '-qq')
  run('apt-get', 'install', '-y', '--no-install-recommends', 'redis-server')
} finally {
  if (isOurs) rmSync(policy)
}
run('redis-server', '--version')
