import { leafRules } from './leaf-rules.ts'
import { pathRules } from './path-rules.ts'
import { spiffeIdRules } from './spiffe-id-rules.ts'
import type { SvidRule } from './svid-rule.ts'
import { present, type Presented } from './svid-scene.ts'

export const svidRules: readonly SvidRule[] = [...spiffeIdRules, ...leafRules, ...pathRules]

/** One certificate chain that a validator must accept, or must refuse. */
export type SvidCase = {
  readonly rule: string
  /** `one-uri-san: refuses two URI SANs`. */
  readonly name: string
  readonly expected: boolean
  readonly presented: Presented
}

/** Every rule's accepted scenes, then its refused ones. The certificates are made when a case is reached. */
export function* svidCases(): Generator<SvidCase> {
  for (const { rule, accepts, refuses } of svidRules) {
    for (const [what, scene] of Object.entries(accepts)) {
      yield { rule, name: `${rule}: accepts ${what}`, expected: true, presented: present(scene) }
    }
    for (const [what, scene] of Object.entries(refuses)) {
      yield { rule, name: `${rule}: refuses ${what}`, expected: false, presented: present(scene) }
    }
  }
}
