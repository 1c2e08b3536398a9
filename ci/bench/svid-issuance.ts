// Before the library that needs it: it throws without.
import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { randomFrom } from '../../suites/contract/random.ts'
import { buildCertificate, newKey } from '../../suites/identity/certificate-builder.ts'
import { leafSpec } from '../../suites/identity/svid-scene.ts'

type LeafFields = {
  readonly spiffeId: string
  readonly serial: Buffer
  readonly spki: Buffer
  readonly notBeforeS: number
  readonly notAfterS: number
}
type Authority = { readonly issue: (fields: LeafFields) => Buffer }
type AuthorityOptions = Pick<LeafFields, 'notBeforeS' | 'notAfterS'> & {
  readonly trustDomain: string
  readonly kind: 'P-256'
  readonly entropy: Uint8Array
}

// The reference is known here by path only, as the default target is.
const room = new URL('../../fixtures/identity/', import.meta.url).href
const { createAuthority }: { createAuthority: (options: AuthorityOptions) => Authority } = await import(
  `${room}authority.ts`
)
const { serialNumber }: { serialNumber: (entropy: Uint8Array) => Buffer } = await import(`${room}template.ts`)

const certificates = 100
const { notBeforeS, notAfterS } = leafSpec
const times = { notBeforeS, notAfterS }
const [spiffeId = ''] = leafSpec.uris
const random = randomFrom('svid-issuance')
const leafKey = newKey('P-256')
const authority = createAuthority({ ...times, trustDomain: 'bench.example', kind: 'P-256', entropy: random.bytes(16) })
const naiveIssuer = { subject: 'bench', key: newKey('P-256') }

const fresh = () => ({ ...times, spiffeId, serial: serialNumber(random.bytes(16)) })

const issueFromTemplate = (): Buffer =>
  authority.issue({ ...fresh(), spki: leafKey.publicKey.export({ type: 'spki', format: 'der' }) })

cryptoProvider.set(crypto)
const p256 = { name: 'ECDSA', namedCurve: 'P-256' } as const
const webIssuer = await crypto.subtle.generateKey(p256, true, ['sign', 'verify'])
const webLeaf = await crypto.subtle.generateKey(p256, true, ['sign', 'verify'])
const issuerKeyId = await AuthorityKeyIdentifierExtension.create(webIssuer.publicKey)

/** With the library as its manual has it; the extensions that no leaf changes are made once, here as in the template. */
const constant = [
  new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
  new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
  new BasicConstraintsExtension(false, undefined, true),
  issuerKeyId,
]
async function issueWithLibrary(): Promise<Buffer> {
  const { serial } = fresh()
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial.toString('hex'),
    issuer: 'O=bench',
    notBefore: new Date(notBeforeS * 1_000),
    notAfter: new Date(notAfterS * 1_000),
    publicKey: webLeaf.publicKey,
    signingKey: webIssuer.privateKey,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [...constant, new SubjectAlternativeNameExtension([{ type: 'url', value: spiffeId }], true)],
  })
  return Buffer.from(certificate.rawData)
}

/** What is timed must be the same thing: the names, uses and times of an SVID. */
function same(...made: readonly Buffer[]): void {
  const facts = made.map((der) => {
    const { subject, subjectAltName, keyUsage, validFrom, validTo, ca } = new X509Certificate(der)
    return JSON.stringify({ subject, subjectAltName, keyUsage, validFrom, validTo, ca })
  })
  if (new Set(facts).size !== 1)
    throw new Error(`The certificates differ in more than key and issuer: ${facts.join(' ')}`)
}
same(issueFromTemplate(), buildCertificate(leafSpec, leafKey, naiveIssuer), await issueWithLibrary())

/** What the DER template saves: copying and patching it against assembling every field of every certificate; keys given. */
export const bench = {
  name: 'X.509-SVIDs from a DER template (P-256, keys given)',
  unit: { count: certificates, item: 'certificate' },
  ours: (): void => {
    for (let index = 0; index < certificates; index += 1) issueFromTemplate()
  },
  baselines: {
    'assembled field by field': (): void => {
      for (let index = 0; index < certificates; index += 1) buildCertificate(leafSpec, leafKey, naiveIssuer)
    },
    '@peculiar/x509': async (): Promise<void> => {
      for (let index = 0; index < certificates; index += 1) await issueWithLibrary()
    },
  },
}
