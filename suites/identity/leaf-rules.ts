import type { SvidRule } from './svid-rule.ts'
import { domain } from './svid-scene.ts'

const own = `spiffe://${domain}/ns/payments/sa/web`
const other = `spiffe://${domain}/ns/payments/sa/admin`

/** Rules of a leaf certificate beyond its SPIFFE ID (X509-SVID.md). */
export const leafRules: readonly SvidRule[] = [
  {
    rule: 'one-uri-san',
    source: 'X509-SVID 2 and 5.2',
    accepts: {
      'one URI SAN': {},
      'a DNS SAN beside it': { leaf: { dnsNames: ['web.suite.example'] } },
      'an ML-DSA-65 chain': { keys: 'ML-DSA-65' },
    },
    refuses: {
      'two URI SANs': { leaf: { uris: [own, other] } },
      'the same URI SAN twice': { leaf: { uris: [own, own] } },
      'two URI SANs, the second no SPIFFE ID': { leaf: { uris: [own, 'https://suite.example/'] } },
    },
  },
  {
    rule: 'uri-san-present',
    source: 'X509-SVID 2',
    accepts: { 'one URI SAN': {} },
    refuses: {
      'no SAN': { leaf: { uris: [], subject: own } },
      'a DNS SAN only': { leaf: { uris: [], dnsNames: ['web.suite.example'] } },
    },
  },
  {
    rule: 'non-root-path',
    source: 'X509-SVID 3.1 and 5.2',
    accepts: { 'a path': { leaf: { uris: [`spiffe://${domain}/w`] } } },
    refuses: {
      'no path': { leaf: { uris: [`spiffe://${domain}`] } },
      'root path': { leaf: { uris: [`spiffe://${domain}/`] } },
    },
  },
  {
    rule: 'san-critical-without-subject',
    source: 'X509-SVID 3.1, RFC 5280 4.1.2.6',
    accepts: {
      'empty subject, critical SAN': {},
      'subject, SAN not critical': { leaf: { subject: 'web', sanCritical: false } },
    },
    refuses: { 'empty subject, SAN not critical': { leaf: { sanCritical: false } } },
  },
  {
    rule: 'leaf-not-ca',
    source: 'X509-SVID 4.1 and 5.2',
    accepts: { 'cA false': {}, 'no basic constraints': { leaf: { cA: null } } },
    refuses: { 'cA true': { leaf: { cA: true } } },
  },
  {
    rule: 'key-usage-present',
    source: 'X509-SVID 4.3',
    accepts: { 'key usage': {} },
    refuses: { 'no key usage': { leaf: { keyUsage: null } } },
  },
  {
    rule: 'key-usage-critical',
    source: 'X509-SVID 4.3',
    accepts: { critical: {} },
    refuses: { 'not critical': { leaf: { keyUsageCritical: false } } },
  },
  {
    rule: 'digital-signature',
    source: 'X509-SVID 4.3',
    accepts: {
      'digitalSignature with keyEncipherment and keyAgreement': {
        leaf: { keyUsage: ['digitalSignature', 'keyEncipherment', 'keyAgreement'] },
      },
    },
    refuses: { 'keyEncipherment only': { leaf: { keyUsage: ['keyEncipherment'] } } },
  },
  {
    rule: 'leaf-no-key-cert-sign',
    source: 'X509-SVID 4.3 and 5.2',
    accepts: { 'digitalSignature only': {} },
    refuses: { keyCertSign: { leaf: { keyUsage: ['digitalSignature', 'keyCertSign'] } } },
  },
  {
    rule: 'leaf-no-crl-sign',
    source: 'X509-SVID 4.3 and 5.2',
    accepts: { 'digitalSignature only': {} },
    refuses: { cRLSign: { leaf: { keyUsage: ['digitalSignature', 'cRLSign'] } } },
  },
  {
    rule: 'extended-key-usage',
    source: 'X509-SVID 4.4',
    accepts: { 'both purposes': {}, 'no extended key usage': { leaf: { purposes: null } } },
    refuses: {
      'serverAuth only': { leaf: { purposes: ['serverAuth'] } },
      'clientAuth only': { leaf: { purposes: ['clientAuth'] } },
    },
  },
]
