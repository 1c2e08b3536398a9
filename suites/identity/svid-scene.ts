import { buildCertificate, newKey, type CertificateSpec, type Key } from './certificate-builder.ts'

/** Everything that one validation is asked about, as a change to a scene in which all is well. */
export type Scene = {
  readonly leaf?: Partial<CertificateSpec>
  /** Signing certificates between root and leaf, the root's side first. */
  readonly signers?: readonly Partial<CertificateSpec>[]
  readonly bundle?: 'own' | 'empty' | 'of a stranger' | 'own and of a stranger'
  readonly trustDomain?: string
  readonly atS?: number
  /** Does something to the finished leaf certificate. */
  readonly forge?: (leaf: Buffer) => Buffer
  readonly keys?: Key['kind']
}

/** What goes to the target's validator. Certificates are DER. */
export type Presented = {
  readonly chain: readonly Buffer[]
  readonly bundle: readonly Buffer[]
  readonly trustDomain: string
  readonly atS: number
}

/** 15 January 2027, 08:00 UTC: validation is asked at a given time, so that no clock matters. */
export const nowS = 1_800_000_000
export const domain = 'suite.example'

/** A leaf that breaks no rule. */
export const leafSpec: CertificateSpec = {
  subject: '',
  uris: [`spiffe://${domain}/ns/payments/sa/web`],
  dnsNames: [],
  sanCritical: true,
  cA: false,
  pathLength: null,
  keyUsage: ['digitalSignature'],
  keyUsageCritical: true,
  purposes: ['serverAuth', 'clientAuth'],
  notBeforeS: nowS - 60,
  notAfterS: nowS + 3_600,
  unknownExtension: 'absent',
}

/** A signing certificate that breaks no rule. */
export const signerSpec: CertificateSpec = {
  ...leafSpec,
  subject: 'suite signing authority',
  uris: [`spiffe://${domain}`],
  sanCritical: false,
  cA: true,
  keyUsage: ['keyCertSign', 'cRLSign'],
  purposes: null,
  notBeforeS: nowS - 86_400,
  notAfterS: nowS + 86_400,
}

/** Keys are drawn once per kind and place: what is judged are the fields around them. */
const keyRing = new Map<string, Key>()
function keyOf(kind: Key['kind'], place: string): Key {
  const id = `${kind} ${place}`
  const key = keyRing.get(id) ?? newKey(kind)
  keyRing.set(id, key)
  return key
}

/** The suite's own certificate authority and what it issues, as the scene says. */
export function present(scene: Scene): Presented {
  const kind = scene.keys ?? 'P-256'
  const rootKey = keyOf(kind, 'root')
  const strangerKey = keyOf(kind, 'stranger')
  const rootName = 'suite root'
  const rootSpec = { ...signerSpec, subject: rootName }
  const root = buildCertificate(rootSpec, rootKey, { subject: rootName, key: rootKey })
  // The same name as the root's: only the signature tells the two apart.
  const stranger = buildCertificate(rootSpec, strangerKey, { subject: rootName, key: strangerKey })
  let issuer = { subject: rootName, key: rootKey }
  const signers: Buffer[] = []
  for (const [index, change] of (scene.signers ?? []).entries()) {
    const spec = { ...signerSpec, subject: `suite signer ${index}`, ...change }
    const key = keyOf(kind, `signer ${index}`)
    signers.unshift(buildCertificate(spec, key, issuer))
    issuer = { subject: spec.subject, key }
  }
  const leaf = buildCertificate({ ...leafSpec, ...scene.leaf }, keyOf(kind, 'leaf'), issuer)
  const bundles = {
    own: [root],
    empty: [],
    'of a stranger': [stranger],
    'own and of a stranger': [stranger, root],
  }
  return {
    chain: [scene.forge?.(leaf) ?? leaf, ...signers],
    bundle: bundles[scene.bundle ?? 'own'],
    trustDomain: scene.trustDomain ?? domain,
    atS: scene.atS ?? nowS,
  }
}
