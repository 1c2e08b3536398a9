/** Fake: what an API server keeps, as objects with a version that grows with every change, and what has changed lately. */
type Named = {
  readonly name: string
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
  readonly finalizers?: readonly string[]
  readonly ownerReferences?: readonly object[]
}
/** Without what the store gives it. */
export type Unstored = { readonly metadata: Named; readonly [key: string]: unknown }
export type Stored = {
  readonly metadata: Named & { readonly uid: string; readonly resourceVersion: string }
  readonly [key: string]: unknown
}

export type Change = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly resource: string
  readonly object: Stored
  readonly version: number
}

export class VersionedStore {
  version = 1
  #forgottenUntil = 0
  readonly #objects = new Map<string, Stored>()
  #changes: Change[] = []
  readonly #listeners = new Set<(change: Change) => void>()

  list(resource: string): readonly Stored[] {
    return [...this.#objects].filter(([key]) => key.startsWith(`${resource}/`)).map(([, object]) => object)
  }

  get(resource: string, name: string): Stored | undefined {
    return this.#objects.get(`${resource}/${name}`)
  }

  add(resource: string, object: Unstored): Stored {
    const uid = `uid-${this.version + 1}`
    return this.#note('ADDED', resource, { ...object, metadata: { ...object.metadata, uid, resourceVersion: '' } })
  }

  change(resource: string, object: Stored): Stored {
    return this.#note('MODIFIED', resource, object)
  }

  remove(resource: string, name: string): void {
    const object = this.get(resource, name)
    if (object !== undefined) this.#note('DELETED', resource, object)
  }

  /** Null where what came after that version is forgotten. */
  since(resource: string, version: number): readonly Change[] | null {
    if (version < this.#forgottenUntil) return null
    return this.#changes.filter((change) => change.resource === resource && change.version > version)
  }

  /** As etcd's compaction does. */
  forget(): void {
    this.#forgottenUntil = this.version
    this.#changes = []
  }

  /** The answer ends it. */
  subscribe(onChange: (change: Change) => void): () => void {
    this.#listeners.add(onChange)
    return () => void this.#listeners.delete(onChange)
  }

  #note(type: Change['type'], resource: string, object: Stored): Stored {
    this.version += 1
    const versioned = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.version) } }
    const key = `${resource}/${object.metadata.name}`
    if (type === 'DELETED') this.#objects.delete(key)
    else this.#objects.set(key, versioned)
    const change = { type, resource, object: versioned, version: this.version }
    this.#changes.push(change)
    for (const listener of this.#listeners) listener(change)
    return versioned
  }
}
