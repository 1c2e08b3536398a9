import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { canonicalJson } from '../../suites/evidence/digest.ts'
import { exitCodes, messageOf, Stop } from '../run/stop.ts'
import { makeFolder } from '../tools/folder.ts'

/** Both sign everything: one algorithm for today, one for the day when it falls. */
export const algorithms = ['ed25519', 'ml-dsa-65'] as const
export type Algorithm = (typeof algorithms)[number]

export type SigningKeys = Readonly<Record<Algorithm, KeyObject>>

const Jwk = z.discriminatedUnion('kty', [
  z.strictObject({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    alg: z.literal('EdDSA'),
    kid: z.string(),
    x: z.string(),
  }),
  z.strictObject({ kty: z.literal('AKP'), alg: z.literal('ML-DSA-65'), kid: z.string(), pub: z.string() }),
])
/** Public keys as a JSON Web Key Set: OKP for Ed25519, AKP for ML-DSA-65. */
export const KeySet = z.strictObject({ keys: z.array(Jwk) })

export type VerifyingKey = { readonly id: string; readonly algorithm: Algorithm; readonly key: KeyObject }

/** SHA-256 of the public key's SubjectPublicKeyInfo: what a key is called in signatures and trust files. */
export const keyIdOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(publicOf(key).export({ format: 'der', type: 'spki' }))
    .digest('hex')

const publicOf = (key: KeyObject): KeyObject => (key.type === 'private' ? createPublicKey(key) : key)

function jwkOf(key: KeyObject): z.infer<typeof Jwk> {
  const jwk = publicOf(key).export({ format: 'jwk' })
  const kid = keyIdOf(key)
  return key.asymmetricKeyType === 'ed25519'
    ? Jwk.parse({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', kid, x: jwk.x })
    : // Node's types of JWK do not know the key type AKP (RFC 9964) yet.
      Jwk.parse({ kty: 'AKP', alg: 'ML-DSA-65', kid, pub: Reflect.get(jwk, 'pub') })
}

/** Public keys in canonical form, as bundles carry them and strangers trust them: one key set, one text. */
export const keySetTextOf = (keys: readonly KeyObject[]): string => canonicalJson({ keys: keys.map(jwkOf) })

/** The public half of signing keys. */
export const keySetText = (keys: SigningKeys): string => keySetTextOf(algorithms.map((algorithm) => keys[algorithm]))

/** Reads a key set. A key is known by the digest of itself, whatever its `kid` says; a `kid` that differs is refused. */
export function parseKeySet(text: string): readonly VerifyingKey[] {
  const { keys } = KeySet.parse(JSON.parse(text))
  return keys.map((jwk) => {
    const { kid, ...rest } = jwk
    const key = createPublicKey({ key: { ...rest }, format: 'jwk' })
    const id = keyIdOf(key)
    if (id !== kid) throw new Error(`a key calls itself ${kid.slice(0, 16)}…, but is ${id.slice(0, 16)}…`)
    return { id, key, algorithm: jwk.kty === 'OKP' ? 'ed25519' : 'ml-dsa-65' }
  })
}

/** Where this user's signing keys live. */
export const keyDirectory = (): string =>
  join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'meshcert', 'keys')

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

async function readKey(file: string): Promise<KeyObject | null> {
  try {
    const { mode } = await stat(file)
    if ((mode & 0o077) !== 0)
      throw new Stop(exitCodes.usage, `Others can read ${file}: run chmod 600 on it, or delete it and get a new key.`)
    return createPrivateKey(await readFile(file))
  } catch (error) {
    if (isMissing(error)) return null
    if (error instanceof Stop) throw error
    throw new Stop(
      exitCodes.usage,
      `${file} holds no usable key: ${messageOf(error)}. Delete it and a new key is made.`,
    )
  }
}

const generate = (algorithm: Algorithm): KeyObject =>
  algorithm === 'ed25519' ? generateKeyPairSync('ed25519').privateKey : generateKeyPairSync('ml-dsa-65').privateKey

/** Keys that live as long as this process. */
export const freshKeys = (): SigningKeys => ({ ed25519: generate('ed25519'), 'ml-dsa-65': generate('ml-dsa-65') })

async function createKey(file: string, algorithm: Algorithm): Promise<KeyObject> {
  const text = generate(algorithm).export({ format: 'pem', type: 'pkcs8' })
  // Another process may be making it too: who comes second takes what is there.
  await writeFile(file, text, { mode: 0o600, flag: 'wx' }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
  const key = await readKey(file)
  if (key === null) throw new Stop(exitCodes.usage, `${file} could not be written.`)
  return key
}

/** This user's keys, made on first use, readable by nobody else; their public half lies beside them to hand out. */
export async function openKeys(directory = keyDirectory()): Promise<SigningKeys> {
  try {
    makeFolder(directory, 0o700)
  } catch (error) {
    const why = messageOf(error)
    throw new Stop(
      exitCodes.inconclusive,
      `Your keys can't be kept in ${directory}: ${why}. Set XDG_CONFIG_HOME to a folder that you may write.`,
    )
  }
  const open = async (algorithm: Algorithm): Promise<KeyObject> => {
    const file = join(directory, `${algorithm}.pem`)
    return (await readKey(file)) ?? createKey(file, algorithm)
  }
  const keys = { ed25519: await open('ed25519'), 'ml-dsa-65': await open('ml-dsa-65') }
  await writeFile(join(directory, 'public.jwks.json'), keySetText(keys))
  return keys
}

/** Ids of keys that are trusted: those of the file, or this user's own; never creates any. */
export async function trustedKeyIds(
  file: string | undefined,
  directory = keyDirectory(),
): Promise<ReadonlySet<string>> {
  if (file === undefined) {
    const own = await Promise.all(algorithms.map((algorithm) => readKey(join(directory, `${algorithm}.pem`))))
    return new Set(own.flatMap((key) => (key === null ? [] : [keyIdOf(key)])))
  }
  try {
    return new Set(parseKeySet(await readFile(file, 'utf8')).map(({ id }) => id))
  } catch (error) {
    throw new Stop(
      exitCodes.usage,
      `${file} is no trust file: ${messageOf(error)}. Ask the signer for keys/public.jwks.json.`,
    )
  }
}
