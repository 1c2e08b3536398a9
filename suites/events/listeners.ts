import { listenersOf, speaksTls, type Listener } from '../contract/listeners-target.ts'
import { expectOk } from '../contract/outcome.ts'
import type { TargetWith, Scenario } from '../requirement.ts'

type Listening = Pick<Scenario, 'observe' | 'log'> & {
  readonly target: { readonly control: Pick<TargetWith<'control'>['control'], 'components'> }
}

/** What others than this machine can reach speaks TLS. */
export async function observeListeners({ target, observe, log }: Listening): Promise<void> {
  const components = expectOk('components', await target.control.components({}))
  const pids = components.flatMap(({ pid }) => pid ?? [])
  const told = pids.map((pid) => ({ pid, listeners: listenersOf(pid) }))
  const found = told.flatMap(({ listeners }) => listeners ?? [])
  const untold = told.flatMap(({ pid, listeners }) => (listeners === null ? [pid] : []))
  const control = { claim: 'positive control', limit: 0, noise: false } as const
  observe.premise({
    ...control,
    measured: found.length > 0 ? 0 : 1,
    unit: 'targets without a listener',
    detail: `${found.length} listeners of ${told.length} processes`,
  })
  // A process that nobody could look into may listen anywhere; one that has just been started anew can be looked into later.
  observe.premise({
    ...control,
    measured: untold.length,
    noise: true,
    unit: 'processes whose listeners are not known',
    detail: untold.length === 0 ? 'none' : `pid ${untold.join(', ')}: run as their user, or as root`,
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
