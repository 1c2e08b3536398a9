/**
 * One run at a time against one target, whoever starts it and wherever its temporary files lie: the run listens on a name of the
 * kernel's that is made of the target's address. It needs no folder that all may write to, and is free as soon as its holder is
 * gone, however it went. It holds on one machine; what another one breaks is refused by the target's list of active faults.
 */
import { lookup } from 'node:dns/promises'
import { createServer, connect, type Server } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Capability } from '../../suites/contract/route.ts'
import type { Target } from '../../suites/contract/target.ts'
import { Stop, exitCodes } from './stop.ts'

type Reached = {
  readonly description: { readonly name: string; readonly capabilities: readonly Capability[] }
  readonly wire?: Pick<NonNullable<Target['wire']>, 'urlOf'>
}

/** In Linux's abstract namespace, which each network namespace has by itself, as it has its loopback. */
const nameOf = (address: string): string => `\0meshcert-target-${address}`

/** Where it is reached, by address and port: what is called by two names is one target. Empty where no network lies in between. */
async function addressesOf({ description, wire }: Reached): Promise<readonly string[]> {
  if (wire === undefined) return []
  const urls = description.capabilities.map((plane) => new URL(wire.urlOf(plane)))
  const found = await Promise.all(
    urls.map(async ({ hostname, port, protocol }) => {
      const known = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true })
      const usual = protocol === 'https:' ? '443' : '80'
      // Loopback is one place by either family.
      return known.map(({ address }) => `${address === '::1' ? '127.0.0.1' : address}:${port === '' ? usual : port}`)
    }),
  )
  return [...new Set(found.flat())].sort()
}

/** Null where somebody else has the name. */
function listen(name: string, holder: string): Promise<Server | null> {
  const server = createServer((asking) => asking.on('error', () => undefined).end(holder))
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    )
    server.listen(name, () => resolve(server.unref()))
  })
}

/** Who has the name, by its own word. */
async function holderOf(name: string): Promise<string> {
  const asking = connect(name)
  asking.setTimeout(1_000, () => asking.destroy(new Error('no answer')))
  return text(asking).catch(() => 'somebody who does not answer')
}

/**
 * Takes a target for a run, which calls itself `holder`; the answer gives it back. Throws a Stop that names the run which has it.
 */
export async function lockTarget(target: Reached, holder: string): Promise<() => void> {
  const held: Server[] = []
  const release = (): void => {
    for (const server of held.splice(0)) server.close()
  }
  for (const address of await addressesOf(target)) {
    const server = await listen(nameOf(address), holder)
    if (server === null) {
      release()
      const other = await holderOf(nameOf(address))
      throw new Stop(
        exitCodes.usage,
        `Target ${target.description.name} at ${address} is being tested by ${other}: two runs would break each other's. Wait for it, or end it.`,
      )
    }
    held.push(server)
  }
  return release
}
