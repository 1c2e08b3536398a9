import { P, S, rowsOf } from './requirement-row.ts'

/** Section 4: what an audit firm needs on its first day. */
const row = rowsOf({ source: 'P5 security audit', profiles: ['audit'], capabilities: [] })

export const auditRows = [
  row(
    'AUDIT-PQC',
    'documentation of the ML-KEM-768 and ML-DSA-65 use: where, parameters, contexts, key life cycle, ' +
      'failure behaviour',
    'holds',
    [S],
    { subject: 'document' },
  ),
  row(
    'AUDIT-CHOICE',
    'why these algorithms and not others, with measured cost, and the crypto-agility path',
    'holds',
    [S],
    { subject: 'document' },
  ),
  row(
    'AUDIT-ASSUME',
    'the security-assumptions paper: each assumption with what checks it and what breaks if it fails',
    'holds',
    [S],
    { subject: 'document' },
  ),
  row(
    'AUDIT-SURFACE',
    'attack-surface analysis: every entry point, trust boundary, authentication and the test that attacks ' + 'it',
    'holds',
    [S],
    { subject: 'document' },
  ),
  row('AUDIT-INTEGRATION', 'every trust boundary of AUDIT-SURFACE is crossed by an attack test', 'holds', [P]),
  row(
    'AUDIT-VECTORS',
    'Wycheproof ML-KEM-768 (567) and ML-DSA-65 (393), accumulated vectors, malformed keys; one-token ' +
      'verifier mutants all killed; two independent implementations agree',
    'holds',
    [S],
    { capabilities: ['crypto'] },
  ),
  row(
    'AUDIT-NIST',
    'clause-by-clause checklist for FIPS 203, FIPS 204, SP 800-227 (KEMs) and SP 800-57 (key management), ' +
      'generated from the tests that cover each clause, gaps named',
    'holds',
    [S],
    { subject: 'document' },
  ),
  row(
    'AUDIT-KEYS',
    'key management: generation, storage, rotation, zeroisation, revocation, no secrets in logs or ' + 'evidence',
    'holds',
    [S, P],
    { capabilities: ['crypto'] },
  ),
  row(
    'AUDIT-FINDINGS',
    'findings register (severity, owner, fix, retest); an open critical makes certification FAIL; ' +
      'recommendations recorded',
    'holds',
    [S],
    { subject: 'document' },
  ),
  row(
    'AUDIT-PACKAGE',
    'one command builds the code-review package: sources in scope, map, documents, SBOM, evidence, scope ' +
      'and agreement template, provider-neutral questions',
    'holds',
    [P],
    { subject: 'document' },
  ),
  row(
    'AUDIT-EXTERNAL',
    "firm, contract, report of an external audit, with a slot for the report's digest in the bundle",
    'holds',
    [],
    {
      subject: 'document',
      excluded:
        'An external firm, its contract and its report lie outside the product; the bundle has a slot for the digest.',
    },
  ),
] as const
