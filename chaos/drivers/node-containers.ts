/** The containers that a target names as its nodes. */
import { containerLabels, containersDetail } from '../../suites/contract/containers.ts'
import type { ControlPlane } from '../../suites/contract/control.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Struck } from './container-faults.ts'
import { engineAt, type FaultyEngine } from './engine.ts'

const { run: runLabel, node: nodeLabel } = containerLabels
const standardSocket = '/var/run/docker.sock'

/** Where the containers of one target are. */
export type Contained = { readonly engine: FaultyEngine; readonly socket: string; readonly run: string }

/** Throws for a target that names none. */
export async function findContained(control: ControlPlane): Promise<Contained> {
  const { details } = expectOk('describe', await control.describe({}))
  const run = details[containersDetail]
  if (run === undefined)
    throw new Error(`The target does not say which containers are its own: details.${containersDetail} must name them.`)
  const socket = process.env['DOCKER_HOST']?.replace('unix://', '') ?? standardSocket
  return { engine: engineAt(socket), socket, run }
}

/** A node's container as the engine has it. */
export type NodeContainer = Readonly<Struck>

/** Those that run, by their nodes' names. */
export async function containersOf({ engine, run }: Contained): Promise<ReadonlyMap<string, NodeContainer>> {
  const listed = await engine.listContainers({ filters: { label: [`${runLabel}=${run}`, nodeLabel] } })
  const found = await Promise.all(
    listed.map(async ({ Id: id, Labels }): Promise<NodeContainer> => {
      const { State, NetworkSettings } = await engine.getContainer(id).inspect()
      const [network] = Object.values(NetworkSettings.Networks)
      return { id, node: Labels[nodeLabel] ?? '', pid: State.Pid, address: network?.IPAddress ?? '' }
    }),
  )
  return new Map(found.map((one) => [one.node, one]))
}
