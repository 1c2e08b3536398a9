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
    for (let index = 0; index < certificates; index += 1) buildCertificate(leafSpec, leafKey, naiveIssuer)
  },
}
