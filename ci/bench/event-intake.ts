import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Settings } from '../../suites/contract/configuration.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { randomFrom } from '../../suites/contract/random.ts'
import { startReceiver } from '../../suites/contract/receiver-target.ts'
import { searchCapacity, type Capacity } from '../../suites/analysis/capacity.ts'
import { CpuProfile, hottest } from '../../suites/analysis/cpu-profile.ts'
import { quiesce } from '../../suites/events/final-read.ts'
import { bottleneckOf } from './intake/bottleneck.ts'
import { startService, type Service } from './intake/service.ts'
import { limitMs, machineCores, tryRate, type Trial } from './intake/trial.ts'
import { watchWaits } from './intake/waits.ts'

/** Aim of durable intake on two cores. */
const aimPerS = 2_000
const search = { from: 250, most: 16_000, growth: 1.5, resolution: 0.1, repeats: 3 } as const
const secondsEach = 8
const secondsWarm = 4
const hottestShown = 8
const results = fileURLToPath(new URL('../../.evidence/bench/event-intake', import.meta.url))

type Manner = {
  readonly name: string
  readonly settings: Partial<Settings>
  /** Alerts are answered at once; else never, so that what is taken in stays in the queue. */
  readonly isWorkedOff: boolean
}

// No other limit than the machine's: those of a caller and of the queue are out of the way.
const unlimited = { 'queue.capacity': 1_000_000, 'requests.intakePerS': 1_000_000 } as const
const manners: readonly Manner[] = [
  {
    name: 'intake alone: accepted, journaled and chained; the rest waits in the queue',
    settings: { ...unlimited, 'workflows.max': 3, 'deliveries.workers': 3, 'deliveries.timeoutMs': 60_000 },
    isWorkedOff: false,
  },
  {
    name: 'the whole service: what is taken in is assessed, routed, delivered and finished meanwhile',
    settings: unlimited,
    isWorkedOff: true,
  },
]

const told = (trial: Trial): string =>
  `${trial.ratePerS}/s: ${trial.outcome}, p95 ${trial.p95Ms?.toFixed(1) ?? '–'} ms, ${trial.taken} of ${trial.offered} ` +
  `taken in, ${trial.depth} under way at the end ${trial.why.join('; ')}`.trimEnd()

const say = (line: string): void => void process.stderr.write(`  ${line}\n`)

const aimOf = ({ lastHeld, ended }: Capacity): string =>
  (lastHeld ?? 0) >= aimPerS ? 'reached' : ended === 'premise broke' ? 'not shown to be missed' : 'missed'

function busySamples({ nodes, samples }: CpuProfile): number {
  const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id))
  return samples.filter((id) => !idle.has(id)).length
}

/** One more trial of a rate, profiled: what is at its end then, and where the replicas' time goes. */
async function profiled(service: Service, order: Parameters<typeof tryRate>[1], folder: string) {
  const end = await watchWaits(service.databaseUrl)
  const forMs = (order.seconds * 1_000) / 2
  const [trial, profiles] = await Promise.all([
    tryRate(service, order),
    service.target.control.processProfiles({ role: 'event-replica', forMs }),
  ])
  const waits = await end()
  mkdirSync(folder, { recursive: true })
  const written = expectOk('processProfiles', profiles)
  for (const { instance, kind, text } of written) writeFileSync(join(folder, `${instance}.${kind}.json`), text)
  const cpu = written.filter(({ kind }) => kind === 'cpuprofile').map(({ text }) => CpuProfile.parse(JSON.parse(text)))
  const busiest = cpu.toSorted((one, other) => busySamples(other) - busySamples(one))[0]
  return {
    trial,
    bottleneck: bottleneckOf({ machineCores, ...trial, ...waits }),
    hottest: busiest === undefined ? [] : hottest(busiest, hottestShown),
  }
}

async function searchIn({ name, settings, isWorkedOff }: Manner, number: number): Promise<readonly string[]> {
  const { promise: unanswered, resolve: answer } = Promise.withResolvers<void>()
  const receiver = await startReceiver(() => ({ status: 200, delayMs: 0, ...(!isWorkedOff && { until: unanswered }) }))
  const service = await startService(settings)
  const { events, clock } = service.target
  const tries: Trial[] = []
  const orderOf = (ratePerS: number, seconds: number) => {
    const order = `${number}-${tries.length}-${ratePerS}`
    return { ratePerS, seconds, name: order, random: randomFrom(order), leftS: isWorkedOff ? 1 : null }
  }
  const attempt = async (ratePerS: number, seconds = secondsEach): Promise<Trial> => {
    const trial = await tryRate(service, orderOf(ratePerS, seconds))
    tries.push(trial)
    say(told(trial))
    if (isWorkedOff) await quiesce(events, clock)
    return trial
  }
  try {
    expectOk('setChannel', await events.setChannel({ url: receiver.url }))
    await attempt(search.from, secondsWarm)
    const found = await searchCapacity({ ...search, probe: async (size) => (await attempt(size)).outcome })
    const at = found.firstFailed ?? found.lastHeld ?? search.from
    const folder = join(results, String(number))
    const over = await profiled(service, orderOf(at, secondsEach), folder)
    writeFileSync(join(folder, 'search.json'), JSON.stringify({ name, found, tries, over }, null, 2))
    const { bottleneck } = over
    const [low, high] = found.interval
    return [
      `${name}`,
      `  highest clean rate ${found.lastHeld ?? 'none'} events/s (${found.ended}; first that failed ${found.firstFailed ?? 'none'}; ` +
        `tries agree up to ${low ?? 'none'} and from ${high ?? 'none'} on)`,
      `  the aim of ${aimPerS} events/s is ${aimOf(found)}`,
      over.trial.outcome === 'unknown'
        ? `  bottleneck at ${at}/s: not known, ${over.trial.why.join('; ')}`
        : `  bottleneck at ${at}/s: ${bottleneck.name}, ${(bottleneck.pressure * 100).toFixed(0)} % used`,
      ...bottleneck.evidence.map((one) => `    ${one}`),
      `    busiest replica's own time: ${over.hottest.map((one) => `${one.name} ${(one.share * 100).toFixed(0)} %`).join(', ')}`,
      `  profiles and every try: .evidence/bench/event-intake/${number}`,
    ]
  } finally {
    answer()
    await service.end()
    await receiver.close()
  }
}

/** The highest rate of events that intake takes in cleanly, and what holds it back. */
export async function course(): Promise<string> {
  const lines = [
    `durable intake of threat events on ${machineCores} cores, generator and database included: every event answered 202, ` +
      `p95 below ${limitMs} ms from its intended send, ${secondsEach} s a try; aim ${aimPerS} events/s`,
  ]
  for (const [number, manner] of manners.entries()) lines.push(...(await searchIn(manner, number + 1)))
  return `${lines.join('\n')}\n`
}
