import { z } from 'zod'
import type { SpentOn } from '../evidence/scale-run.ts'

/** A V8 CPU profile, as the inspector and `--cpu-prof` write it; what else is in it is not read. */
export const CpuProfile = z.object({
  nodes: z.array(
    z.object({
      id: z.int(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.int() }),
      children: z.array(z.int()).optional(),
    }),
  ),
  startTime: z.number(),
  endTime: z.number(),
  samples: z.array(z.int()),
  timeDeltas: z.array(z.number()),
})
export type CpuProfile = z.infer<typeof CpuProfile>

type Frame = CpuProfile['nodes'][number]['callFrame']

const idle = new Set(['(idle)', '(root)'])
/** The profiler's own work is no part of what it measures. */
const isProfiler = ({ url }: Frame): boolean => url === 'node:inspector'

const cryptoCalls =
  /^(createHmac|Hmac|Hash|createHash|timingSafeEqual|encapsulate|decapsulate|hkdf|hkdfSync|Sign|Verify|signOneShot|verifyOneShot)$/
const socketCalls = /^(sendto|send|send6|recvStart|onMessage|doSend|afterSend|lookup|writev|UDP)$/

function ownSpender({ functionName, url }: Frame): keyof SpentOn | null {
  if (functionName === '(garbage collector)') return 'collection'
  if (url.startsWith('node:internal/crypto') || url === 'node:crypto' || cryptoCalls.test(functionName)) return 'crypto'
  if (url === 'node:dgram' || url.startsWith('node:internal/dgram') || socketCalls.test(functionName)) return 'sockets'
  return null
}

/**
 * Where busy time went. A native function (no URL) belongs to the nearest caller that is told apart, so
 * that the work of `hmac.digest` counts as cryptography; a protocol function called from a socket's
 * callback is protocol all the same.
 */
export function spentOn(profiles: readonly CpuProfile[]): SpentOn | null {
  const spent = { crypto: 0, collection: 0, sockets: 0, logic: 0 }
  for (const { nodes, samples, timeDeltas } of profiles) {
    const byId = new Map(nodes.map((node) => [node.id, node]))
    const parents = new Map(nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id] as const)))
    const spender = (id: number): keyof SpentOn | null => {
      const node = byId.get(id)
      if (node === undefined || idle.has(node.callFrame.functionName) || isProfiler(node.callFrame)) return null
      const own = ownSpender(node.callFrame)
      if (own !== null) return own
      const parent = node.callFrame.url === '' ? parents.get(id) : undefined
      return parent === undefined ? 'logic' : (spender(parent) ?? 'logic')
    }
    const known = new Map<number, keyof SpentOn | null>()
    for (const [index, id] of samples.entries()) {
      if (!known.has(id)) known.set(id, spender(id))
      const what = known.get(id)
      if (what !== null && what !== undefined) spent[what] += Math.max(0, timeDeltas[index] ?? 0)
    }
  }
  const total = spent.crypto + spent.collection + spent.sockets + spent.logic
  if (total === 0) return null
  return {
    crypto: spent.crypto / total,
    collection: spent.collection / total,
    sockets: spent.sockets / total,
    logic: spent.logic / total,
  }
}

/** The functions with the most own time, busiest first. */
export function hottest(
  profile: CpuProfile,
  count: number,
): readonly { readonly name: string; readonly share: number }[] {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const own = new Map<string, number>()
  let total = 0
  for (const [index, id] of profile.samples.entries()) {
    const frame = names.get(id)
    if (frame === undefined || idle.has(frame.functionName) || isProfiler(frame)) continue
    const file = frame.url.split('/').at(-1) ?? ''
    const name =
      file === '' ? frame.functionName : `${frame.functionName || 'anonymous'} (${file}:${frame.lineNumber + 1})`
    const took = Math.max(0, profile.timeDeltas[index] ?? 0)
    own.set(name, (own.get(name) ?? 0) + took)
    total += took
  }
  return [...own]
    .map(([name, took]) => ({ name, share: total > 0 ? took / total : 0 }))
    .sort((a, b) => b.share - a.share)
    .slice(0, count)
}
