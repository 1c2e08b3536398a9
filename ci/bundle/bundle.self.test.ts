import { generateKeyPairSync } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dsse } from '@sigstore/core'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { canonicalJson } from '../../suites/evidence/digest.ts'
import { readRunFiles, type RunFiles } from '../../suites/evidence/stored.ts'
import { concludeDirectory } from '../run/conclude.ts'
import { Plan } from '../verdict/plan.ts'
import { bundle, bundleBytes, members } from './bundle.ts'
import { judgeVersion } from '../verdict/judge.ts'
import { preAuthEncoding } from './envelope.ts'
import { keyIdOf, keySetText, openKeys, parseKeySet, trustedKeyIds, type SigningKeys } from './keys.ts'
import { writeSampleRun } from './sample-run.ts'
import { packFiles, unpackFiles } from './tar.ts'
import { verify } from './verification.ts'

const freshKeys = (): SigningKeys => ({
  ed25519: generateKeyPairSync('ed25519').privateKey,
  'ml-dsa-65': generateKeyPairSync('ml-dsa-65').privateKey,
})
const idsOf = (keys: SigningKeys) => new Set([keyIdOf(keys.ed25519), keyIdOf(keys['ml-dsa-65'])])

let place = ''
let files: RunFiles
let sealed: Uint8Array
let packed: RunFiles
const keys = freshKeys()
const trusted = idsOf(keys)

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'meshcert-bundle-'))
  await writeSampleRun(join(place, 'run'))
  files = await readRunFiles(join(place, 'run'))
  sealed = await bundleBytes(files, keys)
  packed = await unpackFiles(sealed)
})
afterAll(() => rm(place, { recursive: true, force: true }))

async function repacked(change: (files: Map<string, Uint8Array>) => void): Promise<Uint8Array> {
  const copy = new Map(packed)
  change(copy)
  return packFiles(copy)
}
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? new Uint8Array()).toString('utf8')

type Envelope = { payloadType: string; payload: string; signatures: { keyid: string; sig: string }[] }
const withEnvelope = (name: string, change: (envelope: Envelope) => void) =>
  repacked((copy) => {
    const envelope: Envelope = JSON.parse(text(copy.get(name)))
    change(envelope)
    copy.set(name, Buffer.from(canonicalJson(envelope)))
  })
const statements = [members.certification, members.testResult] as const

test('an intact bundle of a trusted signer is conformant', async () => {
  const { exitCode, problems, run, checks } = await verify(sealed, trusted)
  expect(problems).toEqual([])
  expect(exitCode).toBe(0)
  expect(run?.requirements.map(({ verdict }) => verdict)).toEqual(['PASS', 'PASS', 'PASS'])
  expect(checks.join('\n')).toMatch(/both keys are trusted/)
})

test('the pre-authentication encoding is the one of DSSE', () => {
  expect(preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  )
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.uint8Array(), (type, body) => {
      expect(preAuthEncoding(type, body)).toEqual(dsse.preAuthEncoding(type, Buffer.from(body)))
    }),
  )
})

test('the same files pack to the same bytes, in whatever order they come', async () => {
  const again = await packFiles(new Map([...packed].reverse()))
  expect(Buffer.from(again).equals(sealed)).toBe(true)
})

test('every byte flipped on a grid is refused, and the message says where', async () => {
  const stride = 61
  for (let offset = 0; offset < sealed.length; offset += stride) {
    const flipped = Uint8Array.from(sealed)
    flipped[offset] = (flipped[offset] ?? 0) ^ (1 << (offset % 8))
    const { exitCode, problems } = await verify(flipped, trusted)
    expect(exitCode, `byte ${offset}`).not.toBe(0)
    expect(problems.join('\n'), `byte ${offset}`).toMatch(/run\/|statements\/|keys\.jwks|Byte \d+|can't be unpacked/)
  }
}, 120_000)

test('every dropped file is named', async () => {
  for (const name of packed.keys()) {
    const { exitCode, problems } = await verify(await repacked((copy) => copy.delete(name)), trusted)
    expect(exitCode, name).toBe(1)
    expect(problems.join('\n')).toContain(name)
  }
})

test('an added and a replaced file are named', async () => {
  const cases = [
    [
      await repacked((copy) => copy.set('run/extra.txt', Buffer.from('x'))),
      /run\/extra\.txt is not among the signed files/,
    ],
    [await repacked((copy) => copy.set('stray.txt', Buffer.from('x'))), /stray\.txt does not belong/],
    [await repacked((copy) => copy.set('run/verdict.json', Buffer.from('{}'))), /run\/verdict\.json was changed/],
  ] as const
  for (const [bytes, says] of cases) {
    const { exitCode, problems } = await verify(bytes, trusted)
    expect(exitCode).toBe(1)
    expect(problems.join('\n')).toMatch(says)
  }
})

test('a file that is in the bundle twice is named', async () => {
  const one = await packFiles(new Map([['run/plan.json', Buffer.from('{}')]]))
  const doubled = Buffer.concat([one.subarray(0, 1_024), sealed])
  expect((await verify(doubled, trusted)).problems.join('\n')).toMatch(/run\/plan\.json is in the bundle twice/)
})

test('bytes behind the end, before the start and between are refused', async () => {
  for (const bytes of [Buffer.concat([sealed, Buffer.from('x')]), Buffer.concat([sealed, Buffer.alloc(1_024)])]) {
    const { exitCode, problems } = await verify(bytes, trusted)
    expect(exitCode).toBe(1)
    expect(problems.join('\n')).toMatch(/Byte \d+ \(after the last file\)/)
  }
  expect((await verify(sealed.subarray(0, sealed.length - 512), trusted)).exitCode).toBe(1)
  expect((await verify(Buffer.concat([Buffer.alloc(512), sealed]), trusted)).exitCode).not.toBe(0)
})

test('a stripped, swapped, foreign or added signature is named', async () => {
  const foreign = freshKeys()
  const other = JSON.parse(text((await unpackFiles(await bundleBytes(files, foreign))).get(members.certification)))
  for (const name of statements) {
    const cases = [
      [(envelope: Envelope) => envelope.signatures.pop(), /has no ml-dsa-65 signature/],
      [(envelope: Envelope) => envelope.signatures.shift(), /ed25519 signature is by another key|no ml-dsa-65/],
      [(envelope: Envelope) => envelope.signatures.reverse(), /ed25519 signature is by another key/],
      [(envelope: Envelope) => (envelope.signatures = []), /has no ed25519 signature/],
      [(envelope: Envelope) => envelope.signatures.push(...envelope.signatures), /nobody asked for/],
      [(envelope: Envelope) => (envelope.signatures = other.signatures), /by another key/],
      [
        ({ signatures: [first, second] }: Envelope) => {
          if (first && second) [first.sig, second.sig] = [second.sig, first.sig]
        },
        /ed25519 signature is wrong/,
      ],
    ] as const
    for (const [change, says] of cases) {
      const { exitCode, problems } = await verify(await withEnvelope(name, change), trusted)
      expect(exitCode).toBe(1)
      expect(problems.join('\n')).toMatch(says)
      expect(problems.join('\n')).toContain(name)
    }
  }
})

test('a swapped subject, verdict or statement is refused', async () => {
  for (const name of statements) {
    const bytes = await withEnvelope(name, (envelope) => {
      const statement = JSON.parse(Buffer.from(envelope.payload, 'base64').toString())
      statement.subject[0].digest.sha256 = 'f'.repeat(64)
      envelope.payload = Buffer.from(canonicalJson(statement)).toString('base64')
    })
    expect((await verify(bytes, trusted)).problems.join('\n')).toMatch(/signature is wrong/)
  }
  const swapped = await repacked((copy) => {
    const [a, b] = statements.map((name) => copy.get(name) ?? new Uint8Array())
    copy.set(members.certification, b ?? new Uint8Array())
    copy.set(members.testResult, a ?? new Uint8Array())
  })
  const { exitCode, problems } = await verify(swapped, trusted)
  expect(exitCode).toBe(1)
  expect(problems.join('\n')).toMatch(/statements\//)
})

test('a signer who signs something else than the evidence says is found by judging again', async () => {
  const { seal } = await import('./envelope.ts')
  const { statementsOf } = await import('./statements.ts')
  const { certification } = statementsOf(files)
  const lie = structuredClone(certification)
  Reflect.set(lie.predicate.run.requirements[0] ?? {}, 'n', 1_000_000)
  const bytes = await repacked((copy) => copy.set(members.certification, Buffer.from(seal(lie, keys))))
  const { exitCode, problems } = await verify(bytes, trusted)
  expect(exitCode).toBe(1)
  expect(problems).toEqual([
    'statements/certification.dsse.json differs from what the evidence gives, at predicate.run.requirements.0.n',
  ])
})

/** A bundle of the sample run, judged by a plan that was changed before the run began. */
async function judgedBy(name: string, planned: (plan: Plan) => void): Promise<Uint8Array> {
  const directory = join(place, name)
  await writeSampleRun(directory, { planned })
  return bundleBytes(await readRunFiles(directory), keys)
}

test('a plan that was edited after the run vouches for nothing: its records are of another plan', async () => {
  const directory = join(place, 'edited')
  await writeSampleRun(directory)
  const plan = Plan.parse(JSON.parse(await readFile(join(directory, 'plan.json'), 'utf8')))
  const objective = plan.promises.objectives['signature-verify-latency']
  if (objective?.kind === 'latency') objective.limit = 10_000
  await writeFile(join(directory, 'plan.json'), JSON.stringify(plan))
  await concludeDirectory({ directory, plan, notes: [] })
  const bytes = await bundleBytes(await readRunFiles(directory), keys)
  const { exitCode, run } = await verify(bytes, trusted)
  expect(exitCode).toBe(2)
  expect(run?.requirements.map(({ reason }) => reason)).toEqual(
    Array(3).fill(expect.stringMatching(/not of this run: it was made under another plan/)),
  )
})

test('looser promises than those of the reader are named, though nothing was changed after signing', async () => {
  const bytes = await judgedBy('loose', (plan) => {
    const objective = plan.promises.objectives['signature-verify-latency']
    if (objective?.kind === 'latency') objective.limit = 10_000
    const row = plan.promises.rows['EVT-NOLOSS']
    if (row !== undefined) row.checkers = []
    plan.confidence = 0.6
  })
  const { exitCode, problems, notes } = await verify(bytes, trusted)
  expect([exitCode, problems]).toEqual([0, []])
  expect(notes).toEqual([
    "judged by other limits than this checkout's sla.config.ts: signature-verify-latency",
    'judged at confidence 0.6, this checkout asks for 0.975',
    'fewer repeats than this checkout asks for: CHAOS-NODE-1 on simulation',
    "rows differ from this checkout's catalogue: EVT-NOLOSS",
  ])
})

test('where the bundle was signed under another judge, the difference is told and today decides', async () => {
  const { seal } = await import('./envelope.ts')
  const { statementsOf } = await import('./statements.ts')
  const bytes = await judgedBy('older', (plan) => {
    plan.versions.judge = '0'
  })
  const old = new Map(await unpackFiles(bytes))
  const run = new Map(
    [...old].flatMap(([name, file]) => (name.startsWith('run/') ? [[name.slice(4), file] as const] : [])),
  )
  const { certification } = statementsOf(run)
  const signed = structuredClone(certification)
  Reflect.set(signed.predicate.run.requirements[0] ?? {}, 'verdict', 'FAIL')
  old.set(members.certification, Buffer.from(seal(signed, keys)))
  const { exitCode, problems, notes } = await verify(await packFiles(old), trusted)
  expect([exitCode, problems]).toEqual([0, []])
  expect(notes.join('\n')).toContain(
    `at predicate.run.requirements.0.verdict; it was signed under judge 0, this is judge ${judgeVersion}`,
  )
})

test('an unknown signer leaves it inconclusive, half a trusted one too', async () => {
  for (const trust of [new Set<string>(), idsOf(freshKeys()), new Set([keyIdOf(keys.ed25519)])]) {
    const { exitCode, notes, problems } = await verify(sealed, trust)
    expect([exitCode, problems]).toEqual([2, []])
    expect(notes.join('\n')).toMatch(/signer is unknown here/)
  }
})

test('failed and doubtful runs keep their exit codes in a bundle', async () => {
  for (const [change, code] of [
    [{ failing: 'SLA-VERIFY' }, 1],
    [{ aborted: 'SLA-VERIFY' }, 2],
  ] as const) {
    const directory = join(place, `run-${code}`)
    await writeSampleRun(directory, change)
    const bytes = await bundleBytes(await readRunFiles(directory), keys)
    expect(await verify(bytes, trusted)).toMatchObject({ exitCode: code, problems: [] })
  }
})

test('what is no bundle ends 64', async () => {
  for (const bytes of [new Uint8Array(), Buffer.from('hello'), Buffer.alloc(4_096)]) {
    expect((await verify(bytes, trusted)).exitCode).toBe(64)
  }
})

test('only evidence is bundled, never logs; a foreign verdict is not signed', async () => {
  const directory = join(place, 'with-logs')
  await writeSampleRun(directory)
  await writeFile(join(directory, 'session.json'), '{}')
  await bundle({ runDirectory: directory, keys, out: join(place, 'out.tar') })
  const names = [...(await unpackFiles(await readFile(join(place, 'out.tar')))).keys()]
  expect(names).toContain('run/plan.json')
  expect(names).not.toContain('run/session.json')
  const verdict = join(directory, 'verdict.json')
  await writeFile(verdict, (await readFile(verdict, 'utf8')).replace('"PASS"', '"FAIL"'))
  await expect(bundle({ runDirectory: directory, keys, out: join(place, 'no.tar') })).rejects.toThrow(
    /not what the evidence says/,
  )
  await symlink('/etc/hostname', join(directory, 'records', 'link.json'))
  await expect(bundle({ runDirectory: directory, keys, out: join(place, 'no.tar') })).rejects.toThrow(
    /neither file nor folder/,
  )
  expect(await readdir(place)).not.toContain('no.tar')
})

test('keys are made once, for their owner only, and trusted locally', async () => {
  const directory = join(place, 'keys')
  const [first, second] = await Promise.all([openKeys(directory), openKeys(directory)])
  expect(idsOf(first)).toEqual(idsOf(second))
  expect(idsOf(await openKeys(directory))).toEqual(idsOf(first))
  for (const name of ['ed25519.pem', 'ml-dsa-65.pem'])
    expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600)
  expect(await trustedKeyIds(undefined, directory)).toEqual(idsOf(first))
  expect(await trustedKeyIds(join(directory, 'public.jwks.json'))).toEqual(idsOf(first))
  expect((await trustedKeyIds(undefined, join(place, 'none'))).size).toBe(0)
  await expect(trustedKeyIds(join(directory, 'ed25519.pem'))).rejects.toThrow(/is no trust file/)
  await chmod(join(directory, 'ed25519.pem'), 0o644)
  await expect(openKeys(directory)).rejects.toThrow(/chmod 600/)
})

test('the spare bits of base64 hide nothing', async () => {
  // The last character of 1,952 bytes in base64url carries two spare bits, which decoders ignore.
  const pub = /"pub":"[^"]*(.)"/.exec(keySetText(keys))
  expect(pub?.[1]).toMatch(/[AEIMQUYcgkosw048]/)
  const bytes = await repacked((copy) => {
    const changed = text(copy.get(members.keys)).replace(/("pub":"[^"]*)(.)"/, (_, head: string, last: string) => {
      return `${head}${String.fromCharCode(last.charCodeAt(0) + 1)}"`
    })
    copy.set(members.keys, Buffer.from(changed))
  })
  const { exitCode, problems } = await verify(bytes, trusted)
  expect(exitCode).toBe(1)
  expect(problems.join('\n')).toMatch(/keys\.jwks\.json is not in canonical form/)
})

test('a key set names its keys by their own digest', () => {
  const set = keySetText(keys)
  expect(parseKeySet(set).map(({ id, algorithm }) => [algorithm, id])).toEqual([
    ['ed25519', keyIdOf(keys.ed25519)],
    ['ml-dsa-65', keyIdOf(keys['ml-dsa-65'])],
  ])
  expect(() => parseKeySet(set.replace(keyIdOf(keys.ed25519), 'f'.repeat(64)))).toThrow(/calls itself/)
})
