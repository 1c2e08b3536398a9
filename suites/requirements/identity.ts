import { K, P, S, rowsOf } from './requirement-row.ts'

/** Identity claims of section 1: SPIFFE, and the programme's SVIDs. */
const row = rowsOf({
  source: 'P5 identity',
  profiles: ['mesh-500', 'mesh-1000', 'identity'],
  capabilities: ['identity'],
})

export const identityRows = [
  row(
    'ID-X509',
    'every X.509-SVID rule of the standard (one URI SAN, no CA flag, key usage, path, trust domain …), ' +
      'each with a negative case',
    'holds',
    [S, P],
  ),
  row(
    'ID-WORKLOAD-API',
    'security header, full replacement per message, PermissionDenied without an identity, streams survive ' +
      'rotation',
    'holds',
    [P, K],
  ),
  row('ID-ATTEST', 'an unattested or impostor workload never gets an SVID; attestation success is counted', 'holds', [
    P,
    K,
  ]),
  row(
    'ID-ROTATE',
    'rotation at half-life with jitter, overlap of old and new, no instant without a valid SVID',
    'holds',
    [S, P],
    { checkers: ['identity-held'] },
  ),
  row('ID-BUNDLE', 'trust bundle and CA roll-over without a break; federation SHOULD', 'holds', [S, P]),
  row('ID-JWT', 'JWT-SVIDs', 'holds', [P], { level: 'SHOULD' }),
] as const
