import { createHash } from 'node:crypto'
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A Go tool that this repository pins: where its module lies, and what is built from it. */
export type ToolModule = {
  /** Folder of the module, relative to the root. */
  readonly folder: string
  /** Go package of the program. */
  readonly package: string
  /** Module whose version is the tool's version. */
  readonly versionOf: string
  /** Environment variable that names a ready binary instead. */
  readonly override: string
  /** Arguments that make the program print its version. */
  readonly versionArguments: readonly string[]
  /** What the version output of a usable binary holds. */
  readonly versionMark: RegExp
  /** The npm script of its Go tests, where those are no part of `npm test`. */
  readonly testedBy?: string
}

export const toolModules = {
  k6: {
    folder: 'k6/extensions',
    package: '.',
    versionOf: 'go.k6.io/k6/v2',
    override: 'MESHCERT_K6',
    versionArguments: ['version'],
    // A k6 without our extension runs none of our scenarios.
    versionMark: /k6\/x\/meshcert/,
  },
  /** A second k6, for faults in a cluster. No run needs it: `meshcert doctor --with disruptor` builds it. */
  disruptor: {
    folder: 'k6/disruptor',
    package: '.',
    versionOf: 'github.com/grafana/xk6-disruptor',
    override: 'MESHCERT_DISRUPTOR',
    versionArguments: ['version'],
    versionMark: /k6\/x\/disruptor/,
    testedBy: 'test:disruptor',
  },
  emulator: {
    folder: 'chaos/drivers/emulator',
    package: '.',
    versionOf: 'golang.org/x/sys',
    override: 'MESHCERT_EMULATOR',
    versionArguments: ['version'],
    versionMark: /meshcert emulator/,
  },
  /** A relay of TCP for links that it may break. No run needs it: `meshcert doctor --with toxiproxy` builds it. */
  toxiproxy: {
    folder: 'ci/tools/toxiproxy',
    package: 'github.com/Shopify/toxiproxy/v2/cmd/server',
    versionOf: 'github.com/Shopify/toxiproxy/v2',
    override: 'MESHCERT_TOXIPROXY',
    versionArguments: ['-version'],
    versionMark: /toxiproxy-server version/,
  },
  promtool: {
    folder: 'ci/tools',
    package: 'github.com/prometheus/prometheus/cmd/promtool',
    versionOf: 'github.com/prometheus/prometheus',
    override: 'MESHCERT_PROMTOOL',
    versionArguments: ['--version'],
    versionMark: /promtool, version/,
  },
} as const satisfies Record<string, ToolModule>

export type ToolName = keyof typeof toolModules

/** SHA-256 over names and contents of what the program is built from. Tests are no part of it. */
export async function sourceHash(root: string, { folder }: ToolModule): Promise<string> {
  const directory = join(root, folder)
  const files: string[] = []
  for await (const file of glob(['go.mod', 'go.sum', '**/*.go'], { cwd: directory })) files.push(file)
  const hash = createHash('sha256')
  for (const file of files.filter((name) => !name.endsWith('_test.go')).sort()) {
    const content = await readFile(join(directory, file))
    hash.update(`${file}\n${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}

/** Version that the module's go.mod requires of what it builds. */
export async function pinnedVersion(root: string, { folder, versionOf }: ToolModule): Promise<string> {
  const text = await readFile(join(root, folder, 'go.mod'), 'utf8')
  const line = text.split('\n').find((row) => row.replace('require ', '').trim().startsWith(`${versionOf} `))
  const version = line
    ?.trim()
    .split(' ')
    .find((word) => /^v\d/.test(word))
  if (version === undefined) throw new Error(`${folder}/go.mod requires no version of ${versionOf}: add one.`)
  return version
}
