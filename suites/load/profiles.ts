import { z } from 'zod'
import { CpuProfile, hottest, spentOn } from '../analysis/cpu-profile.ts'
import { IoProfile, type ProcessProfile } from '../contract/profiles.ts'
import type { SpentOn } from '../evidence/scale-run.ts'
import type { Observe } from '../evidence/recorder.ts'

const kinds = ['cpuprofile', 'heapprofile', 'io'] as const

/** V8's sampling heap profile, as far as it is read: a tree of allocating functions. */
const HeapProfile = z.object({
  head: z.object({ children: z.array(z.unknown()) }),
  samples: z.array(z.object({ size: z.number() })),
})

/** A profile may be so much shorter than it was asked to be. */
const shortfall = 0.1
const named = 3

/** What a document says of itself; null where it is no profile of its kind. */
function read({ kind, text }: ProcessProfile): { readonly samples: number; readonly overMs: number } | null {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return null
  }
  if (kind === 'cpuprofile') {
    const { data } = CpuProfile.safeParse(document)
    return data === undefined ? null : { samples: data.samples.length, overMs: (data.endTime - data.startTime) / 1_000 }
  }
  if (kind === 'heapprofile') {
    const { data } = HeapProfile.safeParse(document)
    return data === undefined ? null : { samples: data.samples.length, overMs: Number.POSITIVE_INFINITY }
  }
  const { data } = IoProfile.safeParse(document)
  const [first, last] = [data?.samples[0], data?.samples.at(-1)]
  if (data === undefined || first === undefined || last === undefined) return null
  return { samples: data.samples.length, overMs: last.atMs - first.atMs }
}

/** Keeps every profile as a file of the evidence, and checks that each process has one of each kind that says something. */
export function observeProfiles(
  observe: Observe,
  profiles: readonly ProcessProfile[],
  {
    where,
    instances,
    forMs,
  }: {
    /** The load that they bore: `100 nodes`. */
    readonly where: string
    readonly instances: readonly string[]
    readonly forMs: number
  },
): void {
  for (const { instance, kind, text } of profiles) observe.file(`${where}-${instance}`, kind, text)
  for (const instance of instances) {
    for (const kind of kinds) {
      const own = profiles.filter((profile) => profile.instance === instance && profile.kind === kind)
      const what = `${kind} of ${instance} at ${where}`
      observe.check(`${what} is there`, own.length === 1, `${own.length} of them`)
      for (const profile of own) {
        const said = read(profile)
        observe.check(`${what} holds samples`, (said?.samples ?? 0) > 0, said === null ? 'no such document' : 'none')
        const long = (said?.overMs ?? 0) >= forMs * (1 - shortfall)
        observe.check(`${what} covers its time`, long, `${said?.overMs ?? 0} of ${forMs} ms`)
      }
    }
  }
}

/** Processor profiles of those processes that own sockets: the service beside them only tells. */
export function hostProfiles(profiles: readonly ProcessProfile[], hosts: readonly string[]): readonly CpuProfile[] {
  return profiles
    .filter(({ instance, kind }) => kind === 'cpuprofile' && hosts.includes(instance))
    .flatMap(({ text }) => CpuProfile.safeParse(JSON.parse(text)).data ?? [])
}

/** Where the hosts' busy time went, and the functions that took most of it. */
export function hostsSpent(profiles: readonly CpuProfile[]): {
  readonly spent: SpentOn | null
  readonly hot: readonly string[]
} {
  const hot = profiles.flatMap((profile) => hottest(profile, named))
  return {
    spent: spentOn(profiles),
    hot: hot.map(({ name, share }) => `${name} ${(share * 100).toFixed(1)} %`),
  }
}
