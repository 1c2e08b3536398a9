import { expectOk } from '../contract/outcome.ts'
import { listenersOf, speaksTls, type Listener } from '../contract/listeners-target.ts'
import { requirement } from '../requirement.ts'
import { observeTokens, type Secured } from './admission.ts'
import { observeSecrets } from './planted-secrets.ts'
import { observeLimits } from './request-limits.ts'

/** What others than this machine can reach speaks TLS. */
async function observeListeners({ target, observe, log }: Secured): Promise<void> {
  const components = expectOk('components', await target.control.components({}))
  const pids = components.flatMap(({ pid }) => pid ?? [])
  const told = pids.map((pid) => ({ pid, listeners: listenersOf(pid) }))
  const found = told.flatMap(({ listeners }) => listeners ?? [])
  observe.premise({
    claim: 'positive control',
    measured: found.length > 0 ? 0 : 1,
    limit: 0,
    unit: 'targets without a listener',
    noise: false,
    detail: `${found.length} listeners of ${told.length} processes`,
  })
  const exposed = new Map<string, Listener>()
  for (const one of found) if (!one.isLoopback) exposed.set(`${one.address} port ${one.port}`, one)
  log(`${found.length} listeners, ${exposed.size} of them not on loopback`)
  for (const [name, listener] of exposed)
    observe.check('a listener beyond loopback speaks TLS', await speaksTls(listener), `${name} does not`)
  // Said even where there is none: that they are all on loopback is what was found.
  const open = [...exposed.keys()].join(', ')
  if (exposed.size === 0) observe.check('a listener beyond loopback speaks TLS', true, open)
}

requirement(
  'EVT-SECURE',
  ['events', 'incidents', 'notifications', 'remediation', 'model', 'control'],
  async (scenario) => {
    await observeListeners(scenario)
    await observeTokens(scenario)
    await observeLimits(scenario)
    await observeSecrets(scenario)
  },
)
