import { requirement } from '../requirement.ts'
import { accumulatedSecrets, accumulatedSignatures } from './accumulated.ts'
import { agreementFindings } from './agreement.ts'
import type { Finding } from './finding.ts'
import { oracleFindings } from './oracle.ts'
import { kemFindings, signFindings, verifyFindings } from './plane.ts'

// 960 Wycheproof cases on the oracle; natively all that the contract can express. Not expressible: the nine
// semi-expanded decapsulation keys and the 78 expanded signing keys, because a target takes keys as seeds only.
requirement('AUDIT-VECTORS', ['crypto'], async ({ target, observe, random, log }) => {
  const sources: readonly (Iterable<Finding> | AsyncIterable<Finding>)[] = [
    oracleFindings(),
    verifyFindings(target.crypto),
    signFindings(target.crypto),
    kemFindings(target.crypto),
    accumulatedSignatures(target.crypto),
    accumulatedSecrets(target.crypto),
    agreementFindings(target.crypto, random.stream('agreement')),
  ]
  let checks = 0
  for (const source of sources) {
    for await (const { check, holds, seen } of source) {
      observe.check(check, holds, seen)
      checks += 1
    }
  }
  log(`${checks} checks: 960 Wycheproof cases on the oracle, the rest on the target`)
})
