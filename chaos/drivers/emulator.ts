/**
 * Paths between containers by our own network emulator (the Go module in `emulator/`), which is a process of its own. It is in
 * force as long as that lives and is renewed; when it is gone, however it ended, the kernel lets everything pass.
 */
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { ContainerOrder } from './container-faults.ts'
import type { WatchedFault } from './watched-fault.ts'

const variable = 'MESHCERT_EMULATOR_AT'
const Access = z.union([z.object({ path: z.string() }), z.object({ missing: z.string() })])

/** Where the run has found the emulator. Throws, with the next step, where there is none. */
export function findEmulator(environment: NodeJS.ProcessEnv = process.env): string {
  const told = environment[variable]
  if (told === undefined)
    throw new Error(`No emulator for the paths between containers: chaos runs through \`npx meshcert certify\`.`)
  const access = Access.parse(JSON.parse(told))
  if ('missing' in access) throw new Error(`No emulator for the paths between containers: ${access.missing}`)
  return access.path
}

const Injected = z.union([
  z.object({ injected: z.literal(true) }),
  z.object({ injected: z.literal(false), why: z.string() }),
])
const Undone = z.object({ undone: z.literal(true), residue: z.array(z.string()) })

type Emulation = Extract<ContainerOrder, { readonly primitive: 'network' }>

export function emulate({ emulator, seed, leaseMs, struck, rules }: Emulation): WatchedFault {
  const containers = struck.map(({ pid, address }) => ({ pid, address }))
  let child: ChildProcessWithoutNullStreams | undefined
  let lines: AsyncIterator<string> | undefined
  const tell = (line: 'renew' | 'undo'): void => void child?.stdin.write(`${line}\n`)
  /** Null once it has ended without a word. */
  const next = async <T>(form: z.ZodType<T>): Promise<T | null> => {
    const line = await lines?.next()
    return line === undefined || line.done === true ? null : form.parse(JSON.parse(line.value))
  }
  return {
    inject: async () => {
      child = spawn(emulator, [JSON.stringify({ leaseMs, seed, containers, rules })])
      child.on('error', () => undefined)
      child.stdin.on('error', () => undefined)
      child.stderr.pipe(process.stderr)
      lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      const told = await next(Injected)
      if (told === null) throw new Error(`The emulator ${emulator} ended without a word: its standard error tells why.`)
      if (!told.injected)
        throw new Error(
          `The emulator could not queue packets: ${told.why}. It needs root, NFQUEUE in the kernel and iptables: install iptables, or evaluate what \`npx meshcert engine start\` prints.`,
        )
    },
    renew: async () => tell('renew'),
    undo: async () => {
      tell('undo')
      const told = await next(Undone)
      if (told !== null) return told.residue
      // It was killed: nothing is queued any more, but its rules are there.
      const removing = await promisify(execFile)(emulator, ['remove', ...containers.map(({ pid }) => `${pid}`)])
      return removing.stdout.split('\n').filter((line) => line !== '')
    },
  }
}
