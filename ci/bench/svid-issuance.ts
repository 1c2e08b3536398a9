import { randomFrom } from '../../suites/contract/random.ts'
import { buildCertificate, newKey, type CertificateSpec } from '../../suites/identity/certificate-builder.ts'

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
const times = { notBeforeS: 1_800_000_000, notAfterS: 1_800_003_600 }
const spiffeId = 'spiffe://bench.example/ns/payments/sa/web'
const random = randomFrom('svid-issuance')
const leafKey = newKey('P-256')
const authority = createAuthority({ ...times, trustDomain: 'bench.example', kind: 'P-256', entropy: random.bytes(16) })
const naiveIssuer = { subject: 'bench', key: newKey('P-256') }
const leaf: CertificateSpec = {
  ...times,
  subject: '',
  uris: [spiffeId],
  dnsNames: [],
  sanCritical: true,
  cA: false,
  pathLength: null,
  keyUsage: ['digitalSignature'],
  keyUsageCritical: true,
  purposes: ['serverAuth', 'clientAuth'],
  unknownExtension: 'absent',
}

/** What the DER template saves: copying and patching it against assembling every field of every certificate; keys given. */
export const bench = {
  name: `X.509-SVIDs from a DER template against field-by-field assembly (${certificates}, P-256)`,
  unit: `${certificates} certificates`,
  ours: (): void => {
    for (let index = 0; index < certificates; index += 1) {
      const spki = leafKey.publicKey.export({ type: 'spki', format: 'der' })
      authority.issue({ ...times, spiffeId, serial: serialNumber(random.bytes(16)), spki })
    }
  },
  baseline: (): void => {
    for (let index = 0; index < certificates; index += 1) buildCertificate(leaf, leafKey, naiveIssuer)
  },
}
