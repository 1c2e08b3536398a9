import type { SvidRule } from './svid-rule.ts'
import { domain, type Scene } from './svid-scene.ts'

/** An SVID whose one URI SAN is `uri`, asked about in the URI's own trust domain unless told otherwise. */
const id = (uri: string, trustDomain = domain): Scene => ({ leaf: { uris: [uri] }, trustDomain })

/** `spiffe://` + trust domain + path of exactly `length` bytes. */
const longId = (length: number): string => {
  const head = `spiffe://${domain}/`
  return head + 'p'.repeat(length - head.length)
}
const longDomain = (length: number): string => 'd'.repeat(length)

/** Rules of a SPIFFE ID (SPIFFE-ID.md, section 2). */
export const spiffeIdRules: readonly SvidRule[] = [
  {
    rule: 'scheme',
    source: 'SPIFFE-ID 2',
    accepts: { 'spiffe scheme': id(`spiffe://${domain}/web`) },
    refuses: { 'https scheme': id(`https://${domain}/web`), 'no scheme': id(`//${domain}/web`) },
  },
  {
    rule: 'no-query',
    source: 'SPIFFE-ID 2',
    accepts: { 'path alone': id(`spiffe://${domain}/web`) },
    refuses: { query: id(`spiffe://${domain}/web?admin`) },
  },
  {
    rule: 'no-fragment',
    source: 'SPIFFE-ID 2',
    accepts: { 'path alone': id(`spiffe://${domain}/web`) },
    refuses: { fragment: id(`spiffe://${domain}/web#admin`) },
  },
  {
    rule: 'trust-domain-not-empty',
    source: 'SPIFFE-ID 2.1',
    accepts: { 'one letter': id('spiffe://d/web', 'd') },
    refuses: { 'empty trust domain': id('spiffe:///web', '') },
  },
  {
    rule: 'no-user-information',
    source: 'SPIFFE-ID 2.1',
    accepts: { 'host alone': id(`spiffe://${domain}/web`) },
    refuses: { user: id(`spiffe://root@${domain}/web`), 'empty user': id(`spiffe://@${domain}/web`) },
  },
  {
    rule: 'no-port',
    source: 'SPIFFE-ID 2.1',
    accepts: { 'host alone': id(`spiffe://${domain}/web`) },
    refuses: { port: id(`spiffe://${domain}:443/web`), 'empty port': id(`spiffe://${domain}:/web`) },
  },
  {
    rule: 'trust-domain-lower-case',
    source: 'SPIFFE-ID 2.1',
    accepts: { 'lower case': id('spiffe://other.example/web', 'other.example') },
    refuses: { 'upper case': id('spiffe://Other.example/web', 'Other.example') },
  },
  {
    rule: 'trust-domain-characters',
    source: 'SPIFFE-ID 2.1',
    accepts: {
      'digits, dots, dashes, underscores': id('spiffe://a_b-9.example/web', 'a_b-9.example'),
      'dotted quad': id('spiffe://192.0.2.1/web', '192.0.2.1'),
    },
    refuses: {
      tilde: id('spiffe://a~b.example/web', 'a~b.example'),
      'bracketed address': id('spiffe://[2001]/web', '[2001]'),
      'letter outside ASCII': id('spiffe://\u00fcber.example/web', '\u00fcber.example'),
    },
  },
  {
    rule: 'no-percent-encoding',
    source: 'SPIFFE-ID 2.1 and 2.2',
    accepts: { 'plain letters': id(`spiffe://${domain}/a.b`) },
    refuses: {
      'in the path': id(`spiffe://${domain}/a%2eb`),
      'in the trust domain': id('spiffe://a%2eexample/web', 'a%2eexample'),
    },
  },
  {
    rule: 'trust-domain-length',
    source: 'SPIFFE-ID 2.3',
    accepts: { '255 bytes': id(`spiffe://${longDomain(255)}/web`, longDomain(255)) },
    refuses: { '256 bytes': id(`spiffe://${longDomain(256)}/web`, longDomain(256)) },
  },
  {
    // The standard has 2,048 bytes as what must be supported, and only recommends to refuse more.
    rule: 'id-length',
    source: 'SPIFFE-ID 2.3',
    accepts: { '2,048 bytes': id(longId(2_048)) },
    refuses: {},
  },
  {
    rule: 'path-no-empty-segment',
    source: 'SPIFFE-ID 2.2',
    accepts: { 'three segments': id(`spiffe://${domain}/a/b/c`) },
    refuses: { 'in the middle': id(`spiffe://${domain}/a//c`), 'at the start': id(`spiffe://${domain}//a`) },
  },
  {
    rule: 'path-no-dot-segment',
    source: 'SPIFFE-ID 2.2',
    accepts: { 'dots in a name': id(`spiffe://${domain}/a/.../b..c/.d`) },
    refuses: { 'one dot': id(`spiffe://${domain}/a/./b`), 'two dots': id(`spiffe://${domain}/a/../b`) },
  },
  {
    rule: 'path-no-trailing-slash',
    source: 'SPIFFE-ID 2.2',
    accepts: { 'name at the end': id(`spiffe://${domain}/a`) },
    refuses: { slash: id(`spiffe://${domain}/a/`) },
  },
  {
    rule: 'path-characters',
    source: 'SPIFFE-ID 2.2',
    accepts: { 'all that are allowed': id(`spiffe://${domain}/azAZ09.-_`) },
    refuses: {
      'exclamation mark': id(`spiffe://${domain}/a!`),
      colon: id(`spiffe://${domain}/a:b`),
      'letter outside ASCII': id(`spiffe://${domain}/\u00e4`),
      'line feed at the end': id(`spiffe://${domain}/a\n`),
    },
  },
]
