import type { SvidRule } from './svid-rule.ts'
import { domain, nowS } from './svid-scene.ts'

/** Flips one bit of the last byte: the certificate stays well-formed, its signature does not verify. */
const breakSignature = (leaf: Buffer): Buffer => {
  const broken = Buffer.from(leaf)
  broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1
  return broken
}

/** Rules of the path from the leaf to the bundle (X509-SVID.md 3.2, 4 and 5.1, RFC 5280 section 6). */
export const pathRules: readonly SvidRule[] = [
  {
    rule: 'path-to-bundle',
    source: 'X509-SVID 5.1',
    accepts: {
      'own bundle': {},
      'own root beside a stranger of the same name': { bundle: 'own and of a stranger' },
      'a signing certificate between': { signers: [{}] },
    },
    refuses: {
      'bundle of a stranger of the same name': { bundle: 'of a stranger' },
      'empty bundle': { bundle: 'empty' },
      'signature of the leaf broken': { forge: breakSignature },
    },
  },
  {
    rule: 'one-certificate-each',
    source: 'RFC 5280 4.1',
    accepts: { 'the certificate alone': {} },
    refuses: {
      'a byte after the certificate': { forge: (leaf) => Buffer.concat([leaf, Buffer.from([0])]) },
      'the certificate cut off': { forge: (leaf) => leaf.subarray(0, -1) },
    },
  },
  {
    rule: 'trust-domain-of-bundle',
    source: 'SPIFFE-ID 3.1',
    accepts: { 'the same trust domain': {} },
    refuses: {
      'another trust domain': { trustDomain: 'other.example' },
      'a trust domain that only ends alike': { trustDomain: 'example' },
    },
  },
  {
    rule: 'valid-from',
    source: 'RFC 5280 6.1.3',
    accepts: { 'at its first second': { atS: nowS - 60 } },
    refuses: { 'a second before': { atS: nowS - 61 } },
  },
  {
    rule: 'valid-to',
    source: 'RFC 5280 6.1.3',
    accepts: { 'at its last second': { atS: nowS + 3_600 } },
    refuses: { 'a second after': { atS: nowS + 3_601 } },
  },
  {
    rule: 'critical-extensions',
    source: 'RFC 5280 4.2',
    accepts: { 'unknown, not critical': { leaf: { unknownExtension: 'not critical' } } },
    refuses: {
      'unknown and critical in the leaf': { leaf: { unknownExtension: 'critical' } },
      'unknown and critical in a signing certificate': { signers: [{ unknownExtension: 'critical' }] },
    },
  },
  {
    rule: 'signer-ca',
    source: 'X509-SVID 4.1',
    accepts: { 'cA true': { signers: [{}] } },
    refuses: { 'cA false': { signers: [{ cA: false }] }, 'no basic constraints': { signers: [{ cA: null }] } },
  },
  {
    rule: 'signer-key-cert-sign',
    source: 'X509-SVID 3.2 and 4.3',
    accepts: { 'keyCertSign without cRLSign': { signers: [{ keyUsage: ['keyCertSign'] }] } },
    refuses: { 'cRLSign without keyCertSign': { signers: [{ keyUsage: ['cRLSign'] }] } },
  },
  {
    rule: 'signer-key-usage',
    source: 'X509-SVID 4.3',
    accepts: { 'present and critical': { signers: [{}] } },
    refuses: {
      absent: { signers: [{ keyUsage: null }] },
      'not critical': { signers: [{ keyUsageCritical: false }] },
    },
  },
  {
    rule: 'signer-no-path',
    source: 'X509-SVID 3.2',
    accepts: { 'SPIFFE ID of the trust domain': { signers: [{}] }, 'no SPIFFE ID': { signers: [{ uris: [] }] } },
    refuses: { 'a path': { signers: [{ uris: [`spiffe://${domain}/signer`] }] } },
  },
  {
    rule: 'signer-path-length',
    source: 'RFC 5280 4.2.1.9',
    accepts: {
      'length 0 above the leaf': { signers: [{ pathLength: 0 }] },
      'length 1 above one': { signers: [{ pathLength: 1 }, {}] },
    },
    refuses: { 'length 0 above a signing certificate': { signers: [{ pathLength: 0 }, {}] } },
  },
  {
    rule: 'signer-validity',
    source: 'RFC 5280 6.1.3',
    accepts: { 'valid as long as the leaf': { signers: [{ notAfterS: nowS + 3_600 }] } },
    refuses: {
      expired: { signers: [{ notAfterS: nowS - 1 }] },
      'not valid yet': { signers: [{ notBeforeS: nowS + 1 }] },
    },
  },
]
