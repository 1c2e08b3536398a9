import { fileURLToPath } from 'node:url'
import { sla } from '../../sla.config.ts'
import { expectOk } from '../contract/outcome.ts'
import { familyOf, peakBytesOf, shareBytesOf, useOf } from '../contract/process-use-target.ts'
import { requirement, type Apart, type Scenario } from '../requirement.ts'
import { bringingBack, firstPartial, formMesh, readNodes, wholePremise } from './formation.ts'
import { readMemory, readingsPremise } from './memory-readings.ts'
import { Reading, type Course } from './simulated-memory.ts'

const { live, simulated, level, usedShareMin } = sla.mesh.memory
const module = fileURLToPath(new URL('simulated-memory.ts', import.meta.url))
const bytesOfMiB = 2 ** 20

// What a thousand live nodes hold while they send all their beacons is read from the system, process by process: the mesh
// tells which processes are its own, and what these started is counted with them.
requirement('MESH-BOOT-1000-b', ['mesh', 'control'], (scenario) =>
  bringingBack(scenario.target.mesh, () => liveMemory(scenario)),
)

async function liveMemory({ target, scope, observe, log }: Scenario<'mesh' | 'control'>): Promise<void> {
  const { mesh, control, clock } = target
  await formMesh(mesh, live.nodes, 'high-rate')
  observe.premise(await wholePremise(mesh, clock))
  const told = expectOk('meshResources', await mesh.meshResources({})).processes.map(({ pid }) => pid)
  const components = expectOk('components', await control.components({}))
  const unknown = told.filter((pid) => !components.some((component) => component.pid === pid))
  observe.check('the control plane knows every process of the mesh', unknown.length === 0, unknown.join(', '))
  const course = { count: Math.ceil(sla.mesh.load.windowS[scope] / live.everyS), everyS: live.everyS }
  const read = await readMemory(clock, course, () => [...new Set(told.flatMap(familyOf))].map(shareBytesOf))
  observe.premise(readingsPremise(read))
  for (const bytes of read.bytes) observe.measure('mesh-memory', 'MB', bytes / 1e6)
  const partial = firstPartial(await readNodes(mesh))
  observe.check(`${live.nodes} nodes are there to the end`, partial === null, partial ?? '')
  const most = Math.max(0, ...read.bytes) / 1e6
  log(`${told.length} processes, ${read.bytes.length} readings, ${read.unreadable} more not whole, at most ${most} MB`)
}

type Followed = { readonly process: Apart; readonly readings: readonly Reading[] }

/** A simulated mesh from its forming on, in a process of its own; `each` is called when it has told its next reading. */
async function follow(
  { apart, progress }: Scenario<'mesh'>,
  { nodes, course }: { readonly nodes: number; readonly course: Course },
  each: (pid: number, reading: Reading) => void,
): Promise<Followed> {
  if (apart === null) throw new Error('This run starts no process apart: in which else should a mesh be alone?')
  const process = await apart({ module, input: course, nodes })
  const readings: Reading[] = []
  try {
    while (readings.length < Math.floor(course.virtualS / course.everyS)) {
      const reading = Reading.parse(JSON.parse(await process.line()))
      readings.push(reading)
      each(process.pid, reading)
      progress(reading.virtualS, course.virtualS)
    }
  } finally {
    await process.kill()
    process.sweep()
  }
  return { process, readings }
}

/** A mesh that stands still needs little: all of it was there, and its beacons were used. */
function observeLife({ observe }: Scenario<'mesh'>, nodes: number, last: Reading | undefined): void {
  const said = last === undefined ? 'nothing was told' : `${last.up} of ${last.nodes} nodes`
  observe.check(`${nodes} nodes are there to the end`, last?.nodes === nodes && last.up === nodes, said)
  const share = last === undefined ? 0 : last.beaconsUsed / last.beaconsOffered
  observe.check(`at least ${usedShareMin} of their beacons are used`, share >= usedShareMin, `${share}`)
}

requirement('MESH-BOOT-1000-c', ['mesh'], async (scenario) => {
  const { scope, observe, log } = scenario
  const course = { virtualS: simulated.virtualS[scope], everyS: 1, collects: false }
  let peak: number | null = null
  const { readings } = await follow(scenario, { nodes: simulated.nodes, course }, (pid) => {
    peak = peakBytesOf(pid) ?? peak
  })
  if (peak !== null) observe.measure('simulated-memory', 'MiB', peak / bytesOfMiB)
  observeLife(scenario, simulated.nodes, readings.at(-1))
  log(`${simulated.nodes} nodes, ${course.virtualS} virtual s: ${peak === null ? 'no' : peak / bytesOfMiB} MiB`)
})

requirement('MESH-BOOT-1000-d', ['mesh'], async (scenario) => {
  const { scope, observe, log } = scenario
  const [settleS, lengthS] = [level.settleS[scope], level.virtualS[scope]]
  const course = { virtualS: settleS + lengthS, everyS: lengthS / level.readings[scope], collects: true }
  observe.history('resources-level', {
    type: 'load',
    load: 0,
    fromMs: 0,
    toMs: 1_000 * course.virtualS,
    settleS,
  })
  const { readings } = await follow(scenario, { nodes: level.nodes, course }, (pid, { virtualS, heldBytes }) => {
    const use = useOf(pid)
    if (use === null || heldBytes === null) return
    const item = { ...use, residentBytes: heldBytes, instance: 'simulation', atMs: 1_000 * virtualS }
    observe.history('resources-level', { type: 'use', load: 0, ...item })
  })
  observeLife(scenario, level.nodes, readings.at(-1))
  log(`${level.nodes} nodes, ${course.virtualS} virtual s: ${readings.at(-1)?.heldBytes ?? 'no'} B held at the end`)
})
