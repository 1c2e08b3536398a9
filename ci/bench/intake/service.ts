import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Settings } from '../../../suites/contract/configuration.ts'
import type { ControlPlane } from '../../../suites/contract/control.ts'
import type { EventsPlane } from '../../../suites/contract/events.ts'
import type { Target } from '../../../suites/contract/target.ts'
import { defaultTargetFile, loadTarget } from '../../run/target-file.ts'
import { startWarden } from '../../run/warden-client.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

type Database = {
  readonly url: string
  readonly component: () => { readonly pid: number | null } | null
  readonly stop: () => Promise<void>
}
type Start = (options: { scratch: string; log: (line: string) => void; connections: number }) => Promise<Database>
// The reference is known here by path only, as the default target is.
const { startPostgres }: { startPostgres: Start } = await import(
  new URL('../../../fixtures/live/postgres.ts', import.meta.url).href
)

export type Service = {
  readonly target: Target & { readonly events: EventsPlane; readonly control: ControlPlane }
  readonly databaseUrl: string
  readonly databasePid: number
  readonly end: () => Promise<void>
}

const connections = 50

/** The threat-event service of the reference with some settings, on a database of its own that can be looked into. */
export async function startService(settings: Partial<Settings>): Promise<Service> {
  const room = mkdtempSync(join(tmpdir(), 'bench-'))
  chmodSync(room, 0o711)
  const [scratch, lock, logs] = [join(room, 's'), join(room, 'lock'), join(room, 'logs')]
  mkdirSync(scratch, { mode: 0o711 })
  const log = (line: string): void => void process.stderr.write(`${line}\n`)
  const database = await startPostgres({ scratch: room, log, connections })
  const file = join(room, 'settings.json')
  writeFileSync(file, JSON.stringify({ ...settings, 'database.connections': connections }))
  Object.assign(process.env, { DATABASE_URL: database.url, EVENTS_SETTINGS: file })
  const warden = startWarden({ scratch, lock, logs })
  const end = async (): Promise<void> => {
    await warden.close()
    await database.stop()
    // The next service has a database of its own.
    for (const name of ['DATABASE_URL', 'EVENTS_SETTINGS']) Reflect.deleteProperty(process.env, name)
    rmSync(room, { recursive: true, force: true })
  }
  try {
    const access = (await loadTarget(root, defaultTargetFile)).tiers.processes
    const seed = 'bench'
    const handle = await access?.start?.({ launch: warden.launch, scratch, seed, planes: ['control', 'events'] })
    const target = await access?.connect(handle ?? {}, { seed })
    if (target?.events === undefined || target.control === undefined)
      throw new Error(`${defaultTargetFile} declares no events plane with its control plane.`)
    const { events, control } = target
    const stop = () => target.close().then(end)
    return {
      target: { ...target, events, control },
      databaseUrl: database.url,
      databasePid: database.component()?.pid ?? 0,
      end: stop,
    }
  } catch (error) {
    await end()
    throw error
  }
}
