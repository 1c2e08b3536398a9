import { expectOk } from '../contract/outcome.ts'
import { requirement } from '../requirement.ts'
import { bringingBack, readNodes } from './formation.ts'
import { watchSealed } from './sealing.ts'

const nodes = 24
const later = 4
const withinMs = 10_000

requirement('MESH-SEAL', ['mesh'], (scenario) => {
  const { mesh } = scenario.target
  const formed = async (size: number): Promise<readonly string[]> => {
    expectOk('formMesh', await mesh.formMesh({ nodes: size }))
    return (await readNodes(mesh)).map(({ id }) => id)
  }
  return bringingBack(mesh, async () => {
    const withLater = () => formed(nodes + later)
    const examine = await watchSealed(scenario, { first: await formed(nodes), withLater, withinMs })
    examine()
  })
})
