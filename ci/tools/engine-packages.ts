import { execFile } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { exitCodes, Stop } from '../run/stop.ts'
import { makeFolder } from './folder.ts'

const run = promisify(execFile)

/** The engine with what it calls, and what lays packet filters beside containers. */
const packages = ['docker.io', 'iptables', 'nftables'] as const

/** Everything of the one engine that a user's runs share. */
export const engineFolder = (): string => join(tmpdir(), `meshcert-engine-${process.getuid?.() ?? 0}`)

/** Where programs that came with our engine are; null where it is not ours. */
export function enginePrograms(): string | null {
  const programs = join(engineFolder(), 'bin')
  return existsSync(programs) ? programs : null
}

const fetchWithinMs = 300_000
/** What the package's own scripts would link as alternatives: one program, which goes by what it is called. */
const iptablesNames = ['iptables', 'ip6tables', 'iptables-save', 'ip6tables-save', 'iptables-restore'] as const

export type Unpacked = {
  /** Where programs of the packages and of the system are looked for, in the form of PATH. */
  readonly path: string
  readonly environment: Readonly<Record<string, string>>
}

/** What apt would install and the system has not, fetched into a folder of ours. Nothing is installed. */
async function fetchPackages(archives: string): Promise<void> {
  makeFolder(join(archives, 'partial'))
  const options = ['--download-only', '--yes', '--no-install-recommends', '--quiet']
  const own = [`Dir::Cache::archives=${archives}`, 'APT::Sandbox::User=root', 'Debug::NoLocking=1']
  try {
    await run('apt-get', ['install', ...options, ...own.flatMap((option) => ['-o', option]), ...packages], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
      timeout: fetchWithinMs,
    })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
    throw new Stop(
      exitCodes.inconclusive,
      `apt-get could not fetch ${packages.join(', ')}: ${said}\nRun \`apt-get update\` (this needs Debian and its mirror), then this again; or start an engine yourself and set DOCKER_HOST.`,
    )
  }
}

/** A program of the packages with the packages' own libraries, for whoever calls it from outside the engine. */
function wrap(command: string, file: string, environment: Unpacked['environment']): void {
  const variables = Object.entries(environment).map(([name, value]) => `${name}='${value}'`)
  writeFileSync(file, `#!/bin/sh\n${variables.join(' ')} exec ${command} "$@"\n`)
  chmodSync(file, 0o755)
}

/**
 * Fetches Debian's engine and unpacks it below `folder`, without its installation scripts: no user, no group, no
 * service, no file outside of the folder. What the system has already is used where it is.
 */
export async function unpackEngine(folder: string): Promise<Unpacked> {
  const [archives, root, programs] = ['archives', 'root', 'bin'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  await fetchPackages(archives)
  makeFolder(programs)
  for (const name of readdirSync(archives).filter((file) => file.endsWith('.deb')))
    await run('dpkg-deb', ['--extract', join(archives, name), root])
  const folders = ['usr/sbin', 'usr/bin', 'sbin', 'bin'].map((name) => join(root, name))
  const libraries = join(root, 'usr', 'lib', debianTriplet())
  const environment = { LD_LIBRARY_PATH: libraries, XTABLES_LIBDIR: join(libraries, 'xtables') }
  const firewall = join(root, 'usr', 'sbin', 'xtables-nft-multi')
  if (existsSync(firewall))
    for (const name of iptablesNames) wrap(`'${firewall}' ${name}`, join(programs, name), environment)
  const filter = join(root, 'usr', 'sbin', 'nft')
  if (existsSync(filter)) wrap(`'${filter}'`, join(programs, 'nft'), environment)
  return { path: [programs, ...folders, process.env['PATH'] ?? ''].join(':'), environment }
}

const debianTriplet = (): string => (process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu')
