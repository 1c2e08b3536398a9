import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { canonicalJson } from '../../suites/evidence/digest.ts'
import { readRunFiles, type RunFiles } from '../../suites/evidence/stored.ts'
import { damaged, readRunDocument } from '../run/run-document.ts'
import { exitCodes, messageOf, Stop } from '../run/stop.ts'
import { seal } from './envelope.ts'
import { keySetText, type SigningKeys } from './keys.ts'
import { readJson, statementsOf, type Statements } from './statements.ts'
import { packFiles } from './tar.ts'

/** Names inside a bundle that are not the run's own files. */
export const members = {
  keys: 'keys.jwks.json',
  certification: 'statements/certification.dsse.json',
  testResult: 'statements/test-result.dsse.json',
  run: 'run/',
} as const

/** What of a run's directory is evidence. Logs and handles of the moment stay at home. */
const evidenceFiles =
  /^(plan|environment|notes|verdict|ctrf|kill-matrix)\.json$|^report\.html$|^junit\.xml$|^summary\.md$|^faults\.ndjson$|^(records|histories|files|k6)\/[^/]+$/

async function filesToSign(runDirectory: string): Promise<RunFiles> {
  const stored = await readRunFiles(runDirectory)
  const files = new Map([...stored].filter(([name]) => evidenceFiles.test(name)))
  // The kill matrix is of the suite, not of one run: it lies beside the runs.
  const matrix = await readFile(join(dirname(runDirectory), 'kill-matrix.json')).catch(() => null)
  if (matrix !== null) files.set('kill-matrix.json', matrix)
  return files
}

function checkedStatements(files: RunFiles): Statements {
  const statements = statementsOf(files)
  readRunDocument(files)
  const written = readJson(files, 'verdict.json')
  if (canonicalJson(written) === canonicalJson(statements.certification.predicate.run)) return statements
  throw new Stop(
    exitCodes.nonConformant,
    'verdict.json is not what the evidence says; nothing is signed. Run it again.',
  )
}

/** The bytes of a bundle: the run's files, both statements sealed, and the public keys. */
export async function bundleBytes(files: RunFiles, keys: SigningKeys): Promise<Uint8Array> {
  const { certification, testResult } = checkedStatements(files)
  const packed = new Map<string, Uint8Array>([...files].map(([name, bytes]) => [`${members.run}${name}`, bytes]))
  packed.set(members.certification, Buffer.from(seal(certification, keys)))
  packed.set(members.testResult, Buffer.from(seal(testResult, keys)))
  packed.set(members.keys, Buffer.from(keySetText(keys)))
  return packFiles(packed)
}

/** Judges a run's directory once more, signs the result and writes the bundle; `out` appears complete or not at all. */
export async function bundle(options: {
  readonly runDirectory: string
  readonly keys: SigningKeys
  readonly out: string
}): Promise<{ readonly file: string; readonly bytes: number }> {
  const { runDirectory, keys } = options
  const out = resolve(options.out)
  const bytes = await filesToSign(runDirectory)
    .then((files) => bundleBytes(files, keys))
    .catch((error: unknown) => {
      throw damaged(runDirectory, error)
    })
  try {
    await writeFile(`${out}.part`, bytes)
    await rename(`${out}.part`, out)
  } catch (error) {
    await rm(`${out}.part`, { force: true })
    throw new Stop(exitCodes.usage, `${out} can't be written: ${messageOf(error)}. Name another file with --out.`)
  }
  return { file: out, bytes: bytes.length }
}
