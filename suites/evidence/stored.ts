import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { sha256 } from './digest.ts'
import { EvidenceError } from './evidence-error.ts'
import { Evidence } from './record.ts'

/** Files of a run by their path in its directory, `/` between the parts. */
export type RunFiles = ReadonlyMap<string, Uint8Array>

/** Items of histories as they were stored, by the path of their file. */
export type Histories = Pick<ReadonlyMap<string, readonly unknown[]>, 'get'>

/** What a run has stored. */
export type StoredEvidence = {
  readonly evidence: readonly Evidence[]
  readonly histories: Histories
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

/** One item a line, read one by one: the text of a million of them is no string that an engine holds. */
function parseHistory(
  file: string,
  packed: Uint8Array,
): { readonly items: readonly unknown[]; readonly bytes: number } {
  let text: Buffer
  try {
    text = gunzipSync(packed, { maxOutputLength: maxHistoryBytes })
  } catch (error) {
    throw new EvidenceError(`${file} can't be decompressed: ${reasonOf(error)}`, { cause: error })
  }
  const items: unknown[] = []
  for (let from = 0, line = 1; from < text.length; line += 1) {
    const end = text.indexOf('\n', from)
    const to = end === -1 ? text.length : end
    try {
      if (to > from) items.push(JSON.parse(text.toString('utf8', from, to)))
    } catch (error) {
      throw new EvidenceError(`${file} line ${line} is no JSON: ${reasonOf(error)}`, { cause: error })
    }
    from = to + 1
  }
  return { items, bytes: text.length }
}

/** Histories of this size, unpacked, and shorter ones are kept once they were read. */
const keptBytes = 8 << 20

/** Of long histories the last one alone is in memory: an hour's events of every row would not fit. */
class StoredHistories implements Histories {
  readonly #packed = new Map<string, Uint8Array>()
  readonly #short = new Map<string, readonly unknown[]>()
  #long: { readonly file: string; readonly items: readonly unknown[] } | null = null

  /** Throws an EvidenceError where it holds no items. */
  add(file: string, packed: Uint8Array): void {
    this.#packed.set(file, packed)
    this.#read(file, packed)
  }

  get(file: string): readonly unknown[] | undefined {
    const packed = this.#packed.get(file)
    if (packed === undefined) return undefined
    if (this.#long?.file === file) return this.#long.items
    return this.#short.get(file) ?? this.#read(file, packed)
  }

  #read(file: string, packed: Uint8Array): readonly unknown[] {
    // What was there before goes first: two of them need not fit.
    this.#long = null
    const { items, bytes } = parseHistory(file, packed)
    if (bytes <= keptBytes) this.#short.set(file, items)
    else this.#long = { file, items }
    return items
  }
}

/** Reads records and the histories they name; throws an EvidenceError for the first file that is missing, malformed or not of the digest that its record states. */
export function readEvidence(files: RunFiles): StoredEvidence {
  const evidence: Evidence[] = []
  const histories = new StoredHistories()
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
      else histories.add(observation.file, bytes)
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

/** What verdicts and reports are made from: without logs and without raw samples, which are gigabytes of an hour's load. */
const isJudged = (file: string): boolean => !/^(k6|logs)\//.test(file)

/** All regular files below a run's directory, or those that are wanted. Throws on anything else, a symbolic link for instance. */
export async function readRunFiles(
  directory: string,
  isWanted: (file: string) => boolean = () => true,
): Promise<RunFiles> {
  const files = new Map<string, Uint8Array>()
  const visit = async (path: string): Promise<void> => {
    for (const item of await readdir(join(directory, path), { withFileTypes: true })) {
      const child = path === '' ? item.name : `${path}/${item.name}`
      if (item.isDirectory()) await visit(child)
      else if (!item.isFile())
        throw new EvidenceError(`${child} is neither file nor folder; a run's directory holds nothing else.`)
      else if (isWanted(child)) files.set(child, await readFile(join(directory, child)))
    }
  }
  await visit('')
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The files of a run that it is judged by. */
export const readJudgedFiles = (directory: string): Promise<RunFiles> => readRunFiles(directory, isJudged)

export const loadEvidence = async (directory: string): Promise<StoredEvidence> =>
  readEvidence(await readJudgedFiles(directory))

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
