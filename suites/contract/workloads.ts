import type { HeldStream, IdentityPlane, SvidMessage } from './identity.ts'
import { expectOk } from './outcome.ts'
import type { Random } from './random.ts'

type Order = Parameters<IdentityPlane['registerWorkload']>[0]

/** A workload of the suite: where it is attested, and as whom. */
export type Workload = { readonly spiffeId: string; readonly endpoint: string }

export type Workloads = {
  /** Registers a workload under this name, a path below the one of this attempt. */
  readonly register: (name: string, order?: Omit<Order, 'path'>) => Promise<Workload>
  /** Holds the X.509-SVIDs of an endpoint open until the attempt is over. */
  readonly hold: (endpoint: string) => Promise<HeldStream<SvidMessage>>
}

/**
 * Lends workloads to one attempt: their paths are unlike any other attempt's, and when `use` is over
 * their streams are closed and their registrations taken back, whatever happened.
 */
export async function withWorkloads<T>(
  { identity, random }: { readonly identity: IdentityPlane; readonly random: Random },
  use: (workloads: Workloads) => Promise<T>,
): Promise<T> {
  const attempt = random.stream('workloads').integer(0, 0x7fff_ffff).toString(36)
  const registered = new Set<string>()
  const streams: HeldStream<SvidMessage>[] = []
  try {
    return await use({
      register: async (name, order = {}) => {
        const answer = await identity.registerWorkload({ path: `/suite/${attempt}/${name}`, ...order })
        const workload = expectOk(`registerWorkload ${name}`, answer)
        registered.add(workload.spiffeId)
        return workload
      },
      hold: async (endpoint) => {
        const stream = expectOk('holdX509Svids', await identity.holdX509Svids({ endpoint }))
        streams.push(stream)
        return stream
      },
    })
  } finally {
    for (const stream of streams) stream.close()
    for (const spiffeId of registered) await identity.removeWorkload({ spiffeId })
  }
}
