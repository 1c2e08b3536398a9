/** What k6 lets pass in silence, and what our thresholds, time-outs and evidence make of it. */
import { execFile, spawn } from 'node:child_process'
import { generateKeyPairSync, createPublicKey, sign, verify } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import type { LoadShapeName } from '../../sla.config.ts'
import { loadOf } from '../../k6/shapes.ts'
import { limitTag, thresholdsOf } from '../../k6/thresholds.ts'
import { createAuthority } from '../../fixtures/identity/authority.ts'
import { generateKeyPair } from '../../fixtures/identity/keys.ts'
import { serialNumber } from '../../fixtures/identity/template.ts'
import { openK6Room } from './k6-room.ts'
import { K6End } from './k6-samples.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const { k6, room, close } = await openK6Room('traps')
afterAll(close)

type Ran = { readonly end: K6End; readonly said: string }

let scripts = 0
/** Runs a script in a folder of its own, beside other files of it, under the deadline that every run has. */
async function run(source: string, files: Readonly<Record<string, string>> = {}, deadline = '30s'): Promise<Ran> {
  scripts += 1
  const folder = mkdtempSync(join(room, `${scripts}-`))
  const script = join(folder, 'script.ts')
  for (const [name, content] of Object.entries({ ...files, 'script.ts': source }))
    writeFileSync(join(folder, name), content)
  const child = spawn(k6, ['supervise', '-deadline', deadline, '--', 'run', '--quiet', script], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk.toString()))
  await new Promise((resolve) => child.on('close', resolve))
  const said = output.join('')
  return { end: K6End.parse(JSON.parse(/^ended (.*)$/m.exec(said)?.[1] ?? '{}')), said }
}

/** Runs `body` once and returns what it leaves in `result`. */
async function ask(body: string): Promise<unknown> {
  const file = join(room, `answer-${scripts}.json`)
  const { end, said } = await run(`
    import * as meshcert from 'k6/x/meshcert'
    export const options = { iterations: 1, vus: 1 }
    export function setup() { ${body} }
    export default function () {}
    export function handleSummary(data) { return { ${JSON.stringify(file)}: JSON.stringify(data.setup_data) } }
  `)
  expect(end.exitCode, said).toBe(0)
  return JSON.parse(readFileSync(file, 'utf8'))
}

const oneIteration = 'iterations: 1, vus: 1'
const load = loadOf('events-steady', 'gate')
const ours = JSON.stringify(thresholdsOf(load, { sampleShare: 1, maxGeneratorCores: 0.8 }))

test('k6 lets thresholds without samples pass; our floors do not', async () => {
  const metrics = `
    import { Counter, Gauge, Rate } from 'k6/metrics'
    new Rate('mc_within'); new Rate('mc_check'); new Gauge('mc_generator_cores')
    new Counter('mc_samples'); new Counter('mc_finished')
    export default function () {}`
  const vacuous = JSON.stringify({ mc_within: ['rate>=0.95'], mc_check: ['rate==1'] })
  const passed = await run(`${metrics}\nexport const options = { ${oneIteration}, thresholds: ${vacuous} }`)
  expect(passed.end.exitCode, passed.said).toBe(0)
  const floored = await run(`${metrics}\nexport const options = { ${oneIteration}, thresholds: ${ours} }`)
  expect(floored.end.exitCode, floored.said).toBe(99)
})

test('k6 ends 0 when every iteration throws; our floors do not', async () => {
  const script = (thresholds: string) => `
    import { Counter, Gauge, Rate } from 'k6/metrics'
    const within = new Rate('mc_within'); new Rate('mc_check'); new Gauge('mc_generator_cores')
    new Counter('mc_samples'); new Counter('mc_finished')
    export const options = { ${oneIteration}, thresholds: ${thresholds} }
    export default function () { throw new Error('every time'); within.add(true) }`
  const passed = await run(script(`{ mc_within: ['rate>=0.95'] }`))
  expect(passed.said).toContain('every time')
  expect(passed.end.exitCode).toBe(0)
  expect((await run(script(ours))).end.exitCode).toBe(99)
})

test('loading a file that holds only types hangs k6: the deadline ends it, and an empty export prevents it', async () => {
  const script = `import { Beacon } from './types.ts'\nexport default function () { Beacon }`
  const types = 'export type Beacon = { readonly sequence: number }\n'
  const hung = await run(script, { 'types.ts': types }, '2s')
  expect(hung.end).toMatchObject({ timedOut: true, signal: 'killed' })
  const guarded = await run(script, { 'types.ts': `${types}export {}\n` })
  expect(guarded.end).toMatchObject({ timedOut: false, exitCode: 107 })
})

test('settings of the user reach no run', async () => {
  process.env['K6_ITERATIONS'] = 'nonsense'
  try {
    expect((await run(`export const options = { ${oneIteration} }\nexport default function () {}`)).end.exitCode).toBe(
      0,
    )
  } finally {
    delete process.env['K6_ITERATIONS']
  }
})

test('every scenario is valid, open-model, and carries thresholds on its own limit', async () => {
  const found: string[] = []
  for await (const file of glob('k6/scenarios/*.ts', { cwd: root })) found.push(file)
  expect(found.length).toBeGreaterThanOrEqual(2)
  for (const file of found) {
    const { stdout } = await promisify(execFile)(k6, ['inspect', '--execution-requirements', join(root, file)], {
      timeout: 20_000,
      env: { ...process.env, K6_AUTO_EXTENSION_RESOLUTION: 'false', K6_NO_USAGE_REPORT: 'true' },
    })
    const options = JSON.parse(stdout)
    const [shape = ''] = Object.keys(options.scenarios)
    expect(file).toBe(`k6/scenarios/${shape}.ts`)
    const { objective, vus, planned, legs } = loadOf(shape as LoadShapeName, 'gate')
    expect(options.maxVUs).toBe(vus)
    expect(options.scenarios[shape]).toMatchObject({
      executor: legs === null ? 'constant-arrival-rate' : 'ramping-arrival-rate',
      timeUnit: '1m0s',
    })
    expect(options.thresholds).toMatchObject({
      [`mc_within{${limitTag}:${objective.limit}}`]: [`rate>=${objective.quantile}`],
      [`mc_samples{${limitTag}:${objective.limit}}`]: [expect.stringMatching(/^count>=\d+$/)],
      mc_finished: [`count>=${planned}`],
      dropped_iterations: ['count==0'],
    })
    expect(Number(options.thresholds[`mc_samples{${limitTag}:${objective.limit}}`][0].slice(7))).toBeGreaterThan(0)
  }
})

test('signatures of the extension verify in node:crypto, and the other way round, under the same context only', async () => {
  const context = Buffer.from('meshcert/beacons/v1')
  const message = 'ein Leuchtfeuer: grüße'
  const { privateKey, publicKey } = generateKeyPairSync('ml-dsa-65')
  const theirs = sign(null, Buffer.from(message), { key: privateKey, context }).toString('base64')
  const theirKey = publicKey.export({ format: 'raw-public' }).toString('base64')
  const answer = (await ask(`
    const signer = meshcert.newSigner()
    const check = (context) =>
      meshcert.verify(${JSON.stringify(theirKey)}, ${JSON.stringify(message)}, ${JSON.stringify(theirs)}, context)
    return {
      publicKey: signer.publicKey,
      signature: signer.sign(${JSON.stringify(message)}, 'meshcert/beacons/v1'),
      nodeSignature: check('meshcert/beacons/v1'),
      otherContext: check('meshcert/join/v1'),
    }`)) as { publicKey: string; signature: string; nodeSignature: boolean; otherContext: boolean }
  expect(answer).toMatchObject({ nodeSignature: true, otherContext: false })
  const raw = Buffer.from(answer.publicKey, 'base64')
  const key = createPublicKey({ key: raw, format: 'raw-public', asymmetricKeyType: 'ml-dsa-65' })
  const signature = Buffer.from(answer.signature, 'base64')
  expect(verify(null, Buffer.from(message), { key, context }, signature)).toBe(true)
  expect(verify(null, Buffer.from(message), { key, context: Buffer.from('meshcert/join/v1') }, signature)).toBe(false)
})

test('a Node TLS server and our k6 agree on X25519MLKEM768, and a classical server is told for what it is', async () => {
  const nowS = Math.floor(Date.now() / 1_000)
  const times = { notBeforeS: nowS - 60, notAfterS: nowS + 3_600 }
  const authority = createAuthority({ ...times, trustDomain: 'tls.test', kind: 'P-256', entropy: Buffer.alloc(16, 1) })
  const pair = generateKeyPair('P-256')
  const leaf = authority.issue({
    ...times,
    spiffeId: 'spiffe://tls.test/server',
    serial: serialNumber(Buffer.alloc(16, 2)),
    spki: pair.spki,
  })
  const cert = `-----BEGIN CERTIFICATE-----\n${leaf.toString('base64')}\n-----END CERTIFICATE-----\n`
  const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' })
  const servers = [createServer({ cert, key }), createServer({ cert, key, ecdhCurve: 'X25519' })]
  try {
    const ports = await Promise.all(
      servers.map(async (server) => {
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
        return (server.address() as AddressInfo).port
      }),
    )
    const probes = ports.map((port) => `meshcert.tlsProbe('127.0.0.1:${port}', 5000)`).join(', ')
    expect(await ask(`return [${probes}]`)).toMatchObject([
      { group: 'X25519MLKEM768', postQuantum: true, version: 'TLS 1.3', signatureAlgorithm: 'ECDSA-SHA256' },
      { group: 'X25519', postQuantum: false },
    ])
  } finally {
    for (const server of servers) server.close()
  }
})

test("the extension's clock is the host's monotonic clock, as Node reads it", async () => {
  const beforeMs = Number(process.hrtime.bigint()) / 1e6
  const at = Number(await ask('return meshcert.nowMs()'))
  expect(at).toBeGreaterThan(beforeMs)
  expect(at).toBeLessThan(Number(process.hrtime.bigint()) / 1e6)
})
