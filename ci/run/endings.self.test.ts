import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { RunDocument } from '../../suites/evidence/verdict.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const room = mkdtempSync(join(tmpdir(), 'meshcert-endings-'))
// A run waits for another one on this machine.
const patienceMs = 180_000
afterAll(() => rmSync(room, { recursive: true, force: true }))

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** The gate as a user calls it, in a process of its own. */
function gate(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'ci/meshcert.mjs'), 'gate', '--json', ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

const documentOf = ({ stdout }: Ended): RunDocument => RunDocument.parse(JSON.parse(stdout))

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}

/** A target that declares `capabilities` and answers by the body of `handle(path, method, response)`. */
async function target(name: string, capabilities: readonly string[], handle: string): Promise<string> {
  const port = await freePort()
  const server = join(room, `${name}.cjs`)
  const described = JSON.stringify({ name, version: '1', contract: '1', capabilities, metrics: [], details: {} })
  writeFileSync(
    server,
    `require('node:http').createServer((request, response) => {
      const path = request.url.split('?')[0]
      response.setHeader('Content-Type', 'application/json')
      if (path === '/v1/target') return response.end(${JSON.stringify(described)})
      ${handle}
      response.statusCode = 404
      response.end('{}')
    }).listen(${port}, '127.0.0.1')`,
  )
  return targetFile(name, port, `command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(server)}],`)
}

function targetFile(name: string, port: number, command: string): string {
  const file = join(room, `${name}.ts`)
  writeFileSync(
    file,
    `import { httpTarget } from '${root}suites/contract/http-target.ts'
     import { defineTarget } from '${root}suites/contract/target.ts'
     export default defineTarget({ name: '${name}', tiers: { processes: httpTarget({ url: 'http://127.0.0.1:${port}', ${command} }) } })`,
  )
  return file
}

const controlOnly = `if (path.startsWith('/v1/control/')) return response.end('[]')`

test('a target that does not answer at the start ends 64 and says what to do', { timeout: patienceMs }, async () => {
  const ended = await gate('--target', targetFile('dead', await freePort(), ''))
  expect([ended.code, ended.stdout]).toEqual([64, ''])
  expect(ended.stderr).toMatch(/could not be reached at the start.*correct the URL in the target file/s)
  expect(ended.stderr).not.toMatch(/^\s+at /m)
})

test('a command that dies at once ends 64 with its last words, without waiting', { timeout: patienceMs }, async () => {
  for (const [name, script] of [
    ['stderr', `console.error('no such cluster'); process.exit(3)`],
    ['stdout', `console.log('no such cluster'); process.exit(3)`],
  ] as const) {
    const command = `command: ${JSON.stringify([process.execPath, '-e', script])}, startTimeoutMs: 3_600_000,`
    const ended = await gate('--target', targetFile(`brief-${name}`, await freePort(), command))
    expect(ended.code).toBe(64)
    expect(ended.stderr).toMatch(/ended \(3\)\. Its last words:\nno such cluster\n.*correct it in the target file/s)
  }
})

test(
  'a target that dies in mid-run is inconclusive, whatever failed because of it',
  { timeout: patienceMs },
  async () => {
    const dies = `if (request.method === 'POST') process.exit(1)`
    const ended = await gate('--target', await target('dies', ['events'], dies), '--only', 'EVT-AUDIT')
    expect(ended.code).toBe(2)
    expect(documentOf(ended).requirements.map((row) => row.verdict)).toEqual(['INCONCLUSIVE', 'INCONCLUSIVE'])
  },
)

test('a target to which no judged row applies is inconclusive, never green', { timeout: patienceMs }, async () => {
  const ended = await gate('--target', await target('idle', ['control'], controlOnly), '--only', 'LOAD-100')
  const { requirements, notes } = documentOf(ended)
  expect(ended.code).toBe(2)
  expect(requirements.map((row) => `${row.id} ${row.verdict}`)).toEqual(['CONTRACT PASS', 'LOAD-100 NOT-APPLICABLE'])
  expect(notes.join()).toMatch(/No row applies to this target/)
})

test('a target that declares what it does not serve is told verb by verb', { timeout: patienceMs }, async () => {
  const ended = await gate(
    '--target',
    await target('boaster', ['control', 'healing'], controlOnly),
    '--only',
    'LOAD-100',
  )
  const contract = documentOf(ended).requirements.find((row) => row.id === 'CONTRACT')
  expect([ended.code, contract?.verdict]).toEqual([1, 'FAIL'])
  expect(contract?.reason).toMatch(/healingStatus answers GET \/v1\/healing/)
})

test('a target that declares nothing at all is not conformant', { timeout: patienceMs }, async () => {
  const ended = await gate('--target', await target('mute', [], ''), '--only', 'LOAD-100')
  expect([ended.code, documentOf(ended).requirements.find((row) => row.id === 'CONTRACT')?.verdict]).toEqual([
    1,
    'FAIL',
  ])
})

test(
  'wrong words on the command line end 64 with the nearest right one and no stack trace',
  { timeout: patienceMs },
  async () => {
    for (const [args, hint] of [
      [['--only', 'EVT-NOLOS'], 'Did you mean EVT-NOLOSS?'],
      [['--defect', 'nope'], 'Known: '],
      [['--variant', 'nope'], 'Known: '],
      [['--tier', 'moon'], 'Tiers: simulation'],
      [['--target', 'absent.ts'], 'There is no target file absent.ts'],
      [['--colour'], "unknown option '--colour'"],
    ] as const) {
      const ended = await gate(...args)
      expect([ended.code, ended.stdout]).toEqual([64, ''])
      expect(ended.stderr).toContain(hint)
      expect(ended.stderr).not.toMatch(/^\s+at /m)
    }
  },
)

test('an empty filter is inconclusive: nothing that was asked for was judged', { timeout: patienceMs }, async () => {
  const ended = await gate('--only', 'K8S-BASE')
  expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining('Nothing would be judged')])
})
