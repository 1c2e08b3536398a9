import type { BottleneckName } from '../analysis/bottleneck.ts'
import type { ProcessUse, ScaleRun } from '../evidence/scale-run.ts'

const calm = { crypto: 0.25, collection: 0.05, sockets: 0.35, logic: 0.35 } as const

/** The process whose event loop gives out, or that collects garbage: the first, or one where the target tells of none. */
function withBusiest({ processes }: ScaleRun, change: Partial<ProcessUse>): readonly ProcessUse[] {
  const idle = { cores: 0.1, loopShare: 0.1, loopDelayMsP99: 1, collectionShare: 0.01, memoryMB: null }
  const named = processes.length > 0 ? processes.map(({ name }) => name) : ['host']
  return named.map((name, index) => ({ name, ...idle, ...(index === 0 ? change : {}) }))
}

/**
 * A measured size as it would have looked with nothing in use, and with one thing used up: what an analyzer must name,
 * whoever wrote it. Everything else stays as it was measured.
 */
export function plantedIn(
  run: ScaleRun,
  machineCores: number,
): readonly { readonly name: BottleneckName; readonly run: ScaleRun }[] {
  const idle: ScaleRun = {
    ...run,
    targetCores: 0.1 * machineCores,
    suiteCores: 0,
    processes: [...withBusiest(run, {})],
    spentOn: { ...calm },
    beaconsOffered: Math.max(1_000, run.beaconsOffered),
    beaconsUsed: Math.max(1_000, run.beaconsOffered),
    datagramsDropped: 0,
  }
  const full = { ...idle, targetCores: 0.95 * machineCores }
  const collecting = [...withBusiest(run, { loopShare: 0.95, collectionShare: 0.45 })]
  return [
    { name: 'none', run: idle },
    { name: 'processor', run: full },
    { name: 'event loop', run: { ...idle, processes: [...withBusiest(run, { cores: 1, loopShare: 0.97 })] } },
    { name: 'cryptography', run: { ...full, spentOn: { crypto: 0.7, collection: 0.05, sockets: 0.15, logic: 0.1 } } },
    {
      name: 'garbage collection',
      run: {
        ...idle,
        processes: collecting,
        spentOn: { crypto: 0.1, collection: 0.45, sockets: 0.25, logic: 0.2 },
      },
    },
    {
      name: 'socket buffers',
      run: {
        ...idle,
        beaconsUsed: Math.round(0.9 * idle.beaconsOffered),
        datagramsDropped: Math.round(0.1 * idle.beaconsOffered),
      },
    },
  ]
}
