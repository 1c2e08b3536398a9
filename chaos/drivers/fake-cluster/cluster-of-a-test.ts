/** Fake: an API server, a controller that makes its pods, and a kubeconfig that leads there. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { consent, podLabels } from '../../../suites/contract/pods.ts'
import { FakeApiServer } from './api-server.ts'
import { writeKubeconfig } from './cluster-files.ts'
import { fakeController, type FakeControllerOptions } from './controller.ts'

export type ClusterOfATest = {
  readonly server: FakeApiServer
  /** URL of the API server. */
  readonly address: string
  /** Path of a kubeconfig, in a folder of its own. */
  readonly kubeconfig: string
  readonly folder: string
  readonly stop: () => Promise<void>
}

/** Its namespace lets faults in, unless something else is said of it. */
export async function startCluster(options: Omit<FakeControllerOptions, 'store'>): Promise<ClusterOfATest> {
  const folder = mkdtempSync(join(tmpdir(), 'meshcert-cluster-'))
  const server = new FakeApiServer()
  server.namespaceLabels = { [podLabels.faults]: consent }
  const stopController = fakeController({ store: server.store, ...options })
  const address = await server.start()
  return {
    server,
    address,
    kubeconfig: writeKubeconfig(folder, address),
    folder,
    stop: async () => {
      stopController()
      await server.stop()
      rmSync(folder, { recursive: true })
    },
  }
}
