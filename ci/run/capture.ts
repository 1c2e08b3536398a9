import type { Plan } from '../verdict/plan.ts'
import { findTool } from '../tools/finder.ts'
import { messageOf } from './stop.ts'
import type { Say } from './progress.ts'
import type { Warden } from './warden-client.ts'

/** Rows whose live tests listen to what travels over loopback. */
const listening: readonly string[] = [
  'MESH-SEAL',
  'MESH-SEAL-b',
  'MESH-SEAL-c',
  'CHAOS-CRYPTO-3',
  'CHAOS-UNDER',
  'CHAOS-UNDER-b',
  'CHAOS-UNDER-c',
]
const readyWithinMs = 10_000

/** What the tests of a lane are told of the capture service, and its end. */
export type CaptureService = {
  readonly environment: Readonly<Record<string, string>>
  readonly stop: () => Promise<void>
}

const none: CaptureService = { environment: {}, stop: async () => undefined }
const told = (access: { readonly url: string } | { readonly missing: string }): CaptureService['environment'] => ({
  MESHCERT_CAPTURE: JSON.stringify(access),
})

/** Starts the capture service where a planned row needs it. Why there is none is told, not thrown: the row is then inconclusive. */
export async function startCapture(options: {
  readonly plan: Plan
  readonly warden: Pick<Warden, 'launch'>
  readonly say: Say
  readonly find?: typeof findTool
}): Promise<CaptureService> {
  const { plan, warden, say, find = findTool } = options
  if (!plan.rows.some((row) => row.tier === 'processes' && listening.includes(row.requirement))) return none
  const tool = await find('k6', { say })
  if ('missing' in tool) return { ...none, environment: told({ missing: `${tool.missing}. ${tool.recipe}` }) }
  const missing = (error: unknown): CaptureService => ({
    ...none,
    environment: told({ missing: `the capture service did not start: ${messageOf(error)}` }),
  })
  const service = await warden
    .launch({ name: 'capture', command: tool.path, args: ['capture'] })
    .catch((error: unknown) => messageOf(error))
  if (typeof service === 'string') return missing(service)
  try {
    const url = await service.line('ready ', readyWithinMs)
    return { environment: told({ url }), stop: service.stop }
  } catch (error) {
    // It may be ready too late: nobody would stop it then.
    await service.stop()
    return missing(error)
  }
}
