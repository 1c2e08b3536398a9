import { describe, expect, test } from 'vitest'
import { isolates, letsIn, NetworkPolicy } from './network-policy.ts'

const policy = (spec: object): NetworkPolicy => NetworkPolicy.parse({ metadata: { name: 'p' }, spec })
const from = (peer: object): NetworkPolicy => policy({ podSelector: {}, ingress: [{ _from: [peer] }] })
const sender = { labels: { node: 'a' }, addresses: ['10.0.0.7'] }
const here = { team: 'mesh' }
const isA = { matchLabels: { node: 'a' } }
const notA = { matchExpressions: [{ key: 'node', operator: 'NotIn', values: ['a'] }] }

describe('a policy says who may reach a pod', () => {
  test('if it selects it, for what comes in', () => {
    expect(isolates(policy({ podSelector: {} }), {})).toBe(true)
    expect(isolates(policy({ podSelector: isA }), { node: 'b' })).toBe(false)
    expect(isolates(policy({ podSelector: {}, policyTypes: ['Egress'] }), {})).toBe(false)
  })

  test.each([
    ['nobody without a rule', policy({ podSelector: {} }), false],
    ['everybody by a rule without peers', policy({ podSelector: {}, ingress: [{}] }), true],
    ['pods of its own namespace by their labels', from({ podSelector: isA }), true],
    ['none of those that a label excludes', from({ podSelector: notA }), false],
    ['all pods of a namespace', from({ namespaceSelector: { matchLabels: here } }), true],
    ['no pod of another namespace', from({ namespaceSelector: { matchLabels: { team: 'x' } } }), false],
    ['of a namespace those with the labels', from({ namespaceSelector: {}, podSelector: notA }), false],
    ['an address of the block', from({ ipBlock: { cidr: '10.0.0.0/8' } }), true],
    ['no address that is excepted', from({ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.7/32'] } }), false],
    ['no address of the other family', from({ ipBlock: { cidr: '::/0' } }), false],
  ])('and lets in %s', (_, one, expected) => {
    expect(letsIn(one, sender, here)).toBe(expected)
  })
})
