/** Fake: the resources of one namespace, with what they take and how they are selected. */
import { z } from 'zod'
import { selects, type LabelSelector } from '../label-selector.ts'

/** A DNS label, as names and values of labels are. */
const Name = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
const Values = z.record(z.string(), z.string())
const Selector = z.strictObject({
  matchLabels: Values.optional(),
  matchExpressions: z
    .array(
      z.strictObject({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).optional(),
      }),
    )
    .optional(),
})
const Peer = z.strictObject({
  podSelector: Selector.optional(),
  namespaceSelector: Selector.optional(),
  ipBlock: z.strictObject({ cidr: z.string(), except: z.array(z.string()).optional() }).optional(),
})

export const PolicyBody = z.strictObject({
  apiVersion: z.literal('networking.k8s.io/v1'),
  kind: z.literal('NetworkPolicy'),
  metadata: z.strictObject({ name: Name, labels: Values.optional(), annotations: Values.optional() }),
  spec: z.strictObject({
    podSelector: Selector,
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])).optional(),
    ingress: z.array(z.strictObject({ from: z.array(Peer).optional() })).optional(),
  }),
})

export const DeleteBody = z.looseObject({
  gracePeriodSeconds: z.int().nonnegative().optional(),
  preconditions: z.strictObject({ uid: z.string() }).optional(),
})

/** Only what annotates; a slash or a tilde in a key would be escaped. */
export const AnnotationPatch = z
  .array(
    z.strictObject({
      op: z.enum(['add', 'replace']),
      path: z.string().regex(/^\/metadata\/annotations\/[^/~]+$/),
      value: z.string(),
    }),
  )
  .min(1)

export const ReviewBody = z.looseObject({
  spec: z.strictObject({
    resourceAttributes: z.strictObject({
      namespace: z.string(),
      verb: z.string(),
      group: z.string(),
      resource: z.string(),
    }),
  }),
})

const term = /^([\w./-]+)(?: in \(([^()]*)\)|=([\w.-]*))?$/

/** `a in (x,y),b=z,c`. Throws for what it does not know: nothing is selected by a misunderstanding. */
export function parseSelector(text: string): (labels: Readonly<Record<string, string>>) => boolean {
  const terms = text === '' ? [] : text.split(/,(?![^(]*\))/)
  const matchExpressions = terms.map((one): LabelSelector['matchExpressions'][number] => {
    const [, key, several, single] = term.exec(one) ?? []
    if (key === undefined) throw new Error(`unable to parse requirement: ${one}`)
    const values = several?.split(',') ?? (single === undefined ? [] : [single])
    return { key, operator: values.length === 0 ? 'Exists' : 'In', values }
  })
  return (labels) => selects({ matchLabels: {}, matchExpressions }, labels)
}
