import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { sha256 } from './digest.ts'
import { EvidenceError } from './evidence-error.ts'
import { Evidence } from './record.ts'

/** Files of a run by their path in its directory, `/` between the parts. */
export type RunFiles = ReadonlyMap<string, Uint8Array>

/** What a run has stored. Histories are unparsed items, by the path of their file. */
export type StoredEvidence = {
  readonly evidence: readonly Evidence[]
  readonly histories: ReadonlyMap<string, readonly unknown[]>
  /** Compressed bytes of kept documents, by the path of their file. */
  readonly documents: ReadonlyMap<string, Uint8Array>
}

/** A hostile bundle must not fill the memory of who verifies it. */
const maxHistoryBytes = 1 << 30

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function parseRecord(file: string, bytes: Uint8Array): Evidence {
  let data: unknown
  try {
    data = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (error) {
    throw new EvidenceError(`${file} is no JSON: ${reasonOf(error)}`, { cause: error })
  }
  const record = Evidence.safeParse(data)
  if (!record.success) {
    const [issue] = record.error.issues
    throw new EvidenceError(`${file} is no evidence record: ${issue?.path.join('.')}: ${issue?.message}`)
  }
  return record.data
}

function parseHistory(file: string, bytes: Uint8Array): readonly unknown[] {
  let text: string
  try {
    text = gunzipSync(bytes, { maxOutputLength: maxHistoryBytes }).toString('utf8')
  } catch (error) {
    throw new EvidenceError(`${file} can't be decompressed: ${reasonOf(error)}`, { cause: error })
  }
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line, index) => {
    try {
      const item: unknown = JSON.parse(line)
      return item
    } catch (error) {
      throw new EvidenceError(`${file} line ${index + 1} is no JSON: ${reasonOf(error)}`, { cause: error })
    }
  })
}

/** Reads records and the histories they name; throws an EvidenceError for the first file that is missing, malformed or not of the digest that its record states. */
export function readEvidence(files: RunFiles): StoredEvidence {
  const evidence: Evidence[] = []
  const histories = new Map<string, readonly unknown[]>()
  const documents = new Map<string, Uint8Array>()
  const names = [...files.keys()].filter((name) => /^records\/[^/]+\.json$/.test(name)).sort()
  for (const name of names) {
    const record = parseRecord(name, files.get(name) ?? new Uint8Array())
    evidence.push(record)
    for (const observation of record.observations) {
      if (observation.type !== 'history' && observation.type !== 'file') continue
      const bytes = files.get(observation.file)
      if (bytes === undefined) throw new EvidenceError(`${observation.file} is missing; ${name} refers to it.`)
      if (sha256(bytes) !== observation.sha256) {
        throw new EvidenceError(`${observation.file} was changed: its SHA-256 is not the one in ${name}.`)
      }
      if (observation.type === 'file') documents.set(observation.file, bytes)
      else histories.set(observation.file, parseHistory(observation.file, bytes))
    }
  }
  return { evidence, histories, documents }
}

/** The text of a kept document. Throws an EvidenceError where it can't be decompressed. */
export function documentText({ documents }: StoredEvidence, file: string): string {
  try {
    return gunzipSync(documents.get(file) ?? new Uint8Array(), { maxOutputLength: maxHistoryBytes }).toString('utf8')
  } catch (error) {
    throw new EvidenceError(`${file} can't be decompressed: ${reasonOf(error)}`, { cause: error })
  }
}

/** All regular files below a run's directory. Throws on anything else, a symbolic link for instance. */
export async function readRunFiles(directory: string): Promise<RunFiles> {
  const files = new Map<string, Uint8Array>()
  const visit = async (path: string): Promise<void> => {
    for (const item of await readdir(join(directory, path), { withFileTypes: true })) {
      const child = path === '' ? item.name : `${path}/${item.name}`
      if (item.isDirectory()) await visit(child)
      else if (item.isFile()) files.set(child, await readFile(join(directory, child)))
      else throw new EvidenceError(`${child} is neither file nor folder; a run's directory holds nothing else.`)
    }
  }
  await visit('')
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)))
}

export const loadEvidence = async (directory: string): Promise<StoredEvidence> =>
  readEvidence(await readRunFiles(directory))

/** Reads what one requirement recorded on one tier, its stages so far. */
export async function loadRow(
  directory: string,
  row: { readonly requirement: string; readonly tier: string },
): Promise<StoredEvidence> {
  const files = new Map<string, Uint8Array>()
  for (const folder of ['records', 'histories', 'files']) {
    const names = await readdir(join(directory, folder)).catch(() => [])
    for (const name of names.filter((candidate) => candidate.startsWith(`${row.requirement}@${row.tier}-`))) {
      files.set(`${folder}/${name}`, await readFile(join(directory, folder, name)))
    }
  }
  return readEvidence(files)
}
