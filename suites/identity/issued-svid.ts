import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import type { X509Svid } from '../contract/identity.ts'
import { usage } from './certificate-builder.ts'
import { readCertificate, type ReadCertificate } from './certificate-reader.ts'

/** One rule held against an SVID that the target issued. */
export type Finding = { readonly rule: string; readonly holds: boolean; readonly seen: string }

/** A SPIFFE ID with a path, in one expression: the standard's section 2 without its lengths. */
const spiffeId = /^spiffe:\/\/[a-z0-9._-]+(?:\/(?!\.{1,2}(?:\/|$))[a-zA-Z0-9._-]+)+$/

const clientAuth = '2b06010505070302'
const serverAuth = '2b06010505070301'

const fromBase64 = (text: string): Buffer => Buffer.from(text, 'base64')

/** The leaf as node:crypto sees it; throws where the chain is empty or no certificate. */
export const leafOf = (svid: X509Svid): X509Certificate => new X509Certificate(fromBase64(svid.chain[0] ?? ''))

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What of an SVID can't be read at all, for whatever reason; null where all of it can. Any target may hand out anything. */
export function unreadable(svid: X509Svid): string | null {
  const parts: readonly (readonly [string, () => unknown])[] = [
    ['its leaf', () => [leafOf(svid), readCertificate(fromBase64(svid.chain[0] ?? ''))]],
    ['its chain', () => svid.chain.map((der) => new X509Certificate(fromBase64(der)))],
    ['its bundle', () => svid.bundle.map((der) => new X509Certificate(fromBase64(der)))],
    ['its private key', () => keyMatches(svid)],
  ]
  for (const [what, read] of parts) {
    try {
      read()
    } catch (error) {
      return `${what} can't be read: ${reasonOf(error)}`
    }
  }
  return null
}

/** The private key belongs to the leaf certificate: an SVID without its key is of no use. */
export function keyMatches(svid: X509Svid): boolean {
  const key = createPrivateKey({ key: fromBase64(svid.privateKeyPkcs8), format: 'der', type: 'pkcs8' })
  const spki = (object: ReturnType<typeof createPublicKey>) => object.export({ type: 'spki', format: 'der' })
  return spki(createPublicKey(key)).equals(spki(leafOf(svid).publicKey))
}

function certificates(ders: readonly string[]): readonly X509Certificate[] | null {
  try {
    return ders.map((der) => new X509Certificate(fromBase64(der)))
  } catch {
    return null
  }
}

/** Each certificate of the chain is issued by the next, the last by one of the bundle: the SVID's own unless another is given. What can't be read leads nowhere. */
export function chainVerifies(svid: Pick<X509Svid, 'chain' | 'bundle'>, given = svid.bundle): boolean {
  const [chain, bundle] = [certificates(svid.chain), certificates(given)]
  if (chain === null || bundle === null) return false
  const issuedBy = (subject: X509Certificate, issuer: X509Certificate) =>
    issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey)
  const links = chain.slice(1).every((issuer, index) => chain[index] !== undefined && issuedBy(chain[index], issuer))
  const last = chain.at(-1)
  return last !== undefined && links && bundle.some((root) => issuedBy(last, root))
}

/** Unix seconds between which the leaf is valid. */
export function validityOf(svid: Pick<X509Svid, 'chain'>): { readonly fromS: number; readonly toS: number } {
  const { validFromDate, validToDate } = new X509Certificate(fromBase64(svid.chain[0] ?? ''))
  return { fromS: validFromDate.getTime() / 1_000, toS: validToDate.getTime() / 1_000 }
}

/** A target's clock may be told in whole seconds: what it issued just now may begin so much later than that. */
const clockGrainS = 1

/**
 * Why what was handed out is no usable identity, null where it is one: the asked-for workload's, in force at `atS` (Unix),
 * with its own key, under its bundle.
 */
export function whyUnusable(svids: readonly X509Svid[], spiffeId: string, atS: number): string | null {
  const svid = svids.find((candidate) => candidate.spiffeId === spiffeId)
  if (svid === undefined) return `${svids.length} SVIDs, none of that name`
  const unread = unreadable(svid)
  if (unread !== null) return unread
  const { subjectAltName } = leafOf(svid)
  if (subjectAltName?.split(', ').includes(`URI:${spiffeId}`) !== true) return `its leaf names ${subjectAltName}`
  const { fromS, toS } = validityOf(svid)
  if (atS + clockGrainS < fromS || atS > toS) return `not in force: from ${fromS} to ${toS}, it is ${atS}`
  if (!keyMatches(svid)) return 'its private key is not the one of its leaf'
  return chainVerifies(svid) ? null : 'its chain does not lead to its bundle'
}

export const isUsable = (svids: readonly X509Svid[], spiffeId: string, atS: number): boolean =>
  whyUnusable(svids, spiffeId, atS) === null

const list = (values: readonly unknown[] | null): string => (values === null ? 'absent' : `[${values.join(', ')}]`)

function usageFindings(leaf: ReadCertificate): readonly Finding[] {
  const has = (bit: keyof typeof usage) => leaf.keyUsage?.includes(usage[bit]) === true
  const bits = `bits ${list(leaf.keyUsage)}`
  return [
    { rule: 'leaf-not-ca', holds: !leaf.cA, seen: `cA ${leaf.cA}` },
    { rule: 'key-usage-present', holds: leaf.keyUsage !== null, seen: bits },
    { rule: 'key-usage-critical', holds: leaf.keyUsageCritical, seen: `critical ${leaf.keyUsageCritical}` },
    { rule: 'digital-signature', holds: has('digitalSignature'), seen: bits },
    { rule: 'leaf-no-key-cert-sign', holds: !has('keyCertSign'), seen: bits },
    { rule: 'leaf-no-crl-sign', holds: !has('cRLSign'), seen: bits },
    {
      rule: 'extended-key-usage',
      holds: leaf.purposes === null || [clientAuth, serverAuth].every((one) => leaf.purposes?.includes(one)),
      seen: `purposes ${list(leaf.purposes)}`,
    },
  ]
}

function nameFindings(leaf: ReadCertificate, svid: X509Svid, registered: string): readonly Finding[] {
  const [uri = ''] = leaf.uris
  return [
    { rule: 'version-3', holds: leaf.version === 3, seen: `version ${leaf.version}` },
    { rule: 'one-uri-san', holds: leaf.uris.length === 1, seen: `URI SANs ${list(leaf.uris)}` },
    { rule: 'spiffe-id', holds: spiffeId.test(uri) && uri.length <= 2_048, seen: uri },
    {
      rule: 'id-of-workload',
      holds: uri === registered && svid.spiffeId === registered,
      seen: `${uri}, ${svid.spiffeId}`,
    },
    {
      rule: 'san-critical-without-subject',
      holds: !leaf.subjectEmpty || leaf.sanCritical,
      seen: `subject empty ${leaf.subjectEmpty}, SAN critical ${leaf.sanCritical}`,
    },
  ]
}

/** Every rule of the standard held against one issued SVID; `registered` is the SPIFFE ID that it was issued for. */
export function findingsOf(svid: X509Svid, registered: string): readonly Finding[] {
  const unread = unreadable(svid)
  // Nothing else can be said of what can't be read.
  if (unread !== null) return [{ rule: 'readable', holds: false, seen: unread }]
  const leaf = readCertificate(fromBase64(svid.chain[0] ?? ''))
  return [
    ...nameFindings(leaf, svid, registered),
    ...usageFindings(leaf),
    {
      rule: 'path-to-bundle',
      holds: chainVerifies(svid),
      seen: `${svid.chain.length} certificates do not lead to the bundle`,
    },
    { rule: 'key-of-certificate', holds: keyMatches(svid), seen: 'the private key is not the one of the certificate' },
  ]
}
