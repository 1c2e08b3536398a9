import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

export type Go = { readonly version: string; readonly platform: string }

/** The oldest Go that our modules accept. */
const oldest = [1, 26] as const

export const goRecipe =
  'Install Go 1.26 or newer (https://go.dev/dl, or your distribution) so that `go` is on PATH, then run `npx meshcert doctor`: it builds the tool once.'

/** The Go tool chain on PATH; a sentence that says why not, if there is none that fits. */
export async function findGo(environment: NodeJS.ProcessEnv): Promise<Go | string> {
  try {
    const { stdout } = await promisify(execFile)('go', ['version'], {
      env: { ...environment, GOTOOLCHAIN: 'local' },
      timeout: 20_000,
    })
    const [, version = '', platform = ''] = /go version go(\S+) (\S+)/.exec(stdout) ?? []
    const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
    if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return { version, platform }
    return `Go ${version || stdout.trim()} is older than ${oldest.join('.')}`
  } catch {
    return 'Go is not on PATH'
  }
}

/** A program to run to its end; resolves with its exit code, or the signal that ended it. */
export type RunToEnd = (command: {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly onLine: (line: string) => void
}) => Promise<number | string>

/** Runs it as our own child, output line by line. A run that has a warden passes a runner of its own. */
export const runAsChild: RunToEnd = ({ command, args, cwd, env, onLine }) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    // Whole lines: a chunk may end in the middle of one.
    for (const input of [child.stdout, child.stderr])
      createInterface({ input }).on('line', (line) => line !== '' && onLine(line))
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'ended'))
  })

/** No tool chain is fetched, go.sum is obeyed, no workspace of the user's has a say. */
export const goEnvironment = { GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly', GOWORK: 'off' } as const

/** Arguments and environment of a build: paths and the state of the checkout stay out of the binary, too. */
export const goBuild = (output: string, packageName: string) => ({
  command: 'go',
  args: ['build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', output, packageName],
  env: goEnvironment,
})
