import { sla } from '../../sla.config.ts'
import { expectOk } from '../contract/outcome.ts'
import { bringingBack, formMesh } from '../mesh/formation.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { hostProfiles, hostsSpent, observeProfiles } from './profiles.ts'

const { timerProfile, profile, settleS } = sla.mesh.limitSearch

// At each scale every process of the mesh is profiled while it bears the beacons of all: processor, heap, network, disk.
// Who has to be profiled is what the target tells of its processes, not who turns up with a profile.
requirement('LOAD-PROFILE', ['mesh'], (scenario) => bringingBack(scenario.target.mesh, () => profileScales(scenario)))

async function profileScales({ target, scope, observe, log }: Scenario<'mesh'>): Promise<void> {
  const { mesh, clock } = target
  const forMs = profile.forS[scope] * 1_000
  for (const nodes of profile.nodes[scope]) {
    await formMesh(mesh, nodes, timerProfile)
    await clock.sleep(settleS * 1_000)
    const { processes } = expectOk('meshResources', await mesh.meshResources({}))
    observe.check(`processes are told at ${nodes} nodes`, processes.length > 0, 'none')
    const profiles = expectOk('meshProfiles', await mesh.meshProfiles({ forMs }))
    const instances = processes.map(({ instance }) => instance)
    observeProfiles(observe, profiles, { where: `${nodes} nodes`, instances, forMs })
    const hosts = processes.filter(({ udp }) => udp !== null).map(({ instance }) => instance)
    const { spent, hot } = hostsSpent(hostProfiles(profiles, hosts))
    observe.check(`hosts were busy at ${nodes} nodes`, spent !== null, 'their profiles hold idle time only')
    for (const [part, share] of Object.entries(spent ?? {}))
      observe.count(`busy time of hosts in ${part} at ${nodes} nodes`, 'share', share, forMs / 1_000)
    log(`${nodes} nodes: ${hot.join(', ')}`)
  }
}
