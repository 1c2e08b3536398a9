/** What one profiled trial saw of the service and of its surroundings. */
export type Seen = {
  readonly machineCores: number
  /** Processor time in cores, of all processes of each part. */
  readonly cores: Readonly<Record<'replicas' | 'database' | 'generator' | 'others', number>>
  /** Of one replica, the most; its loop is one core. */
  readonly busiestReplica: number
  /** Looks at the sessions of the database, and in how many of them at least one session waited for this. */
  readonly looks: number
  readonly waiting: Readonly<Record<'disk' | 'chain', number>>
}

export type Bottleneck = {
  readonly name: 'processor' | 'event loop' | 'disk' | 'audit chain' | 'none'
  /** How near it is to its end: 1 is used up. */
  readonly pressure: number
  /** What was seen, a sentence each with its numbers. */
  readonly evidence: readonly string[]
}

/** Below this nothing holds intake back. */
const pressing = 0.6
/** Where the processor is used up, every queue behind it is full for that reason. */
const usedUp = 0.9

const share = (part: number, of: number): number => (of > 0 ? part / of : 0)
const percent = (value: number): string => `${(value * 100).toFixed(0)} %`

/** What holds intake back in a trial: the resource that is nearest to its end, processors first. */
export function bottleneckOf({ machineCores, cores, busiestReplica, looks, waiting }: Seen): Bottleneck {
  const { replicas, database, generator, others } = cores
  const total = replicas + database + generator + others
  const pressures = [
    { name: 'processor', pressure: total / machineCores },
    { name: 'event loop', pressure: busiestReplica },
    { name: 'disk', pressure: share(waiting.disk, looks) },
    { name: 'audit chain', pressure: share(waiting.chain, looks) },
  ] as const
  const evidence = [
    `${total.toFixed(2)} of ${machineCores} cores in use: replicas ${replicas.toFixed(2)}, database ` +
      `${database.toFixed(2)}, generator ${generator.toFixed(2)}, others ${others.toFixed(2)}`,
    `busiest replica ${busiestReplica.toFixed(2)} of the one core that its loop has`,
    `of ${looks} looks at the database ${percent(share(waiting.disk, looks))} saw a wait for the journal's way to the ` +
      `disk, ${percent(share(waiting.chain, looks))} one for the head of the audit chain`,
  ]
  const [processor] = pressures
  const nearest =
    processor.pressure >= usedUp ? processor : pressures.toSorted((one, other) => other.pressure - one.pressure)[0]
  if (nearest === undefined || nearest.pressure < pressing)
    return { name: 'none', pressure: nearest?.pressure ?? 0, evidence }
  return { ...nearest, evidence }
}
