import { expectOk } from '../contract/outcome.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { bringingBack, formMesh, readNodes, wholePremise } from './formation.ts'

const nodes = 1_000
/**
 * So small a mesh, under the profile that the target starts with, makes sure that the large one is not there already,
 * and, where high-rate is another profile, that it boots and does not grow.
 */
const seedNodes = 2

// A thousand nodes boot. When it says it is there, every node must be up, all links must hang
// together in one component, and every view must hold everyone: the checker `views-converged` judges the final read.
requirement('MESH-BOOT-1000', ['mesh'], (scenario) => bringingBack(scenario.target.mesh, () => boot(scenario)))

async function boot({ target, observe, log }: Scenario<'mesh'>): Promise<void> {
  const { mesh, clock } = target
  await formMesh(mesh, seedNodes, null)
  const askedMs = clock.nowMs()
  const formed = await formMesh(mesh, nodes, 'high-rate')
  const answeredMs = clock.nowMs()
  const settled = await wholePremise(mesh, clock)
  const wholeMs = clock.nowMs()
  const reports = await readNodes(mesh)
  const { timerProfile } = expectOk('meshStatus', await mesh.meshStatus({}))
  observe.check(
    'a mesh of the size that was asked for',
    reports.length === nodes,
    `${reports.length} of ${nodes} nodes`,
  )
  observe.check(
    'the time it tells is no longer than the one it took',
    formed.formedInMs > 0 && formed.formedInMs <= answeredMs - askedMs,
    `${formed.formedInMs} ms told, ${answeredMs - askedMs} ms taken`,
  )
  // That everyone who was asked for is reported is checked above.
  const alive = reports.map(({ id }) => id)
  for (const node of alive) observe.history('views-converged', { type: 'alive', node })
  for (const { id, state, viewSize, viewDigest, links } of reports) {
    const linksUp = links.filter((link) => link.state === 'up').map(({ peer }) => peer)
    observe.history('views-converged', { type: 'view', node: id, state, viewSize, viewDigest, linksUp })
  }
  observe.measure('formation', 's', (answeredMs - askedMs) / 1_000)
  observe.measure('formation to every view complete', 's', settled.measured > 0 ? null : (wholeMs - askedMs) / 1_000)
  log(
    `${nodes} nodes under ${timerProfile.name} formed in ${answeredMs - askedMs} ms, whole after ${wholeMs - askedMs} ms`,
  )
}
