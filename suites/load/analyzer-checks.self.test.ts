import { expect, test } from 'vitest'
import { analyseScaling, type ScalingReport } from '../analysis/scaling-report.ts'
import { plainMesh, runOf, type SyntheticMesh } from '../analysis/synthetic-mesh.ts'
import { randomFrom } from '../contract/random.ts'
import type { ScaleRun } from '../evidence/scale-run.ts'
import { checkAnalyzer } from './analyzer-checks.ts'

const limits = { latencyMs: 100, quantile: 0.99, lossShare: 0.001, formWithinMs: 60_000 }
const ceilings = { machineCores: plainMesh.machineCores, latencyMs: 100, formWithinMs: 60_000 }
const known = new Map<string, ScalingReport>()
/** The same runs are analysed once: most analyzers here spoil the same report. */
function honest(runs: readonly ScaleRun[]): ScalingReport {
  const key = JSON.stringify(runs)
  const report = known.get(key) ?? analyseScaling(runs, { limits, ceilings, random: randomFrom('r'), confidence: 0.9 })
  known.set(key, report)
  return report
}
const sizes = [500, 1_000, 1_500, 2_200]
const runsOf = (mesh: SyntheticMesh) => sizes.map((nodes) => runOf(mesh, nodes, { random: randomFrom('x'), spread: 0 }))

type Analyzer = (runs: readonly ScaleRun[]) => ScalingReport

function failedOf(analyse: Analyzer, mesh: SyntheticMesh = plainMesh): readonly string[] {
  const failed: string[] = []
  const observe = { check: (name: string, holds: boolean) => void (holds || failed.push(name)) }
  checkAnalyzer(observe, { runs: runsOf(mesh), frame: { limits, ceilings }, analyse })
  return failed
}

const spent = { crypto: 0.6, collection: 0.1, sockets: 0.1, logic: 0.2 }

test.each<[string, Partial<SyntheticMesh>]>([
  ['the processor', {}],
  ['one event loop', { hosts: 1, nodeCores: 0.0004 }],
  ['cryptography', { spentOn: spent }],
  ['garbage collection', { collectionShare: 0.3 }],
  ['nothing yet', { nodeCores: 0.0008 }],
])('the analyzer is held to nothing that it does not do, where the bottleneck is %s', (_, change) => {
  expect(failedOf(honest, { ...plainMesh, ...change })).toEqual([])
})

/** An analyzer that is right but for one thing. */
const spoiled =
  (change: (report: ScalingReport) => Partial<ScalingReport>): Analyzer =>
  (runs) => {
    const report = honest(runs)
    return { ...report, ...change(report) }
  }
type Named = NonNullable<ScalingReport['bottleneck']>
const naming = (change: Partial<Named>) =>
  spoiled(({ bottleneck }) => ({ bottleneck: bottleneck === null ? null : { ...bottleneck, ...change } }))
const advising = (...recommendations: ScalingReport['recommendations']) => spoiled(() => ({ recommendations }))
const advice = { action: 'Run at most 900 nodes here', because: 'that is 70 % of the limit', limitNodes: null }

test.each<[string, Analyzer, readonly string[]]>([
  [
    'names no bottleneck whatever is used up',
    naming({ name: 'none', resource: 'none' }),
    ['the bottleneck is the resource nearest to its end', 'planted: processor', 'planted: socket buffers'],
  ],
  [
    'always names the event loop',
    naming({ name: 'event loop', resource: 'event loop' }),
    ['the bottleneck is the resource nearest to its end', 'planted: none', 'planted: cryptography'],
  ],
  [
    'takes cryptography for the processor',
    spoiled(({ bottleneck }) => ({
      bottleneck: bottleneck?.name === 'cryptography' ? { ...bottleneck, name: 'processor' } : bottleneck,
    })),
    ['planted: cryptography'],
  ],
  [
    'gives evidence of something else',
    naming({ evidence: ['1 of 4 cores in use', '0 datagrams dropped'] }),
    ['the bottleneck has evidence with its own figure'],
  ],
  [
    'always finds the knee at the first sizes',
    spoiled(({ degradation }) => ({
      degradation: { ...degradation, knee: { from: 500, to: 1_000, factorPerDoubling: 9 } },
    })),
    ['the knee is where latency grows most'],
  ],
  [
    'fits no intervals',
    spoiled(({ scalability }) => ({ scalability: scalability === null ? null : { ...scalability, interval: null } })),
    ['its parameters come with intervals'],
  ],
  [
    'says one law of all meshes',
    spoiled(() => ({ scalability: honest(runsOf(plainMesh)).scalability })),
    ['planted: the law of scalability'],
  ],
  ['advises nothing', advising(), ['recommendations follow', 'advised on: processor']],
  ['advises without words', advising({ ...advice, action: '' }), ['advice is whole: ']],
  ['advises without numbers', advising({ ...advice, because: 'it is so' }), [`advice is whole: ${advice.action}`]],
  [
    'promises a gain that is none',
    spoiled(({ prediction: { nodes } }) => ({
      recommendations: [{ ...advice, limitNodes: { before: nodes ?? 0, after: nodes ?? 0 } }],
    })),
    [`advice is whole: ${advice.action}`],
  ],
  [
    'computes gains from another limit',
    advising({ ...advice, limitNodes: { before: 10, after: 20 } }),
    [`advice is whole: ${advice.action}`],
  ],
  ['says the same of any runs', () => honest(runsOf(plainMesh)), ['planted: none', 'planted: event loop']],
])('an analyzer that %s is found out', (_, analyse, checks) => {
  expect(failedOf(analyse)).toEqual(expect.arrayContaining([...checks]))
})
