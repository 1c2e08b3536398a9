import { findEngine, startEngine, stopEngine } from '../tools/engine.ts'
import { createProgress } from '../run/progress.ts'
import { exitCodes, Stop } from '../run/stop.ts'
import { enginePrograms } from '../tools/engine-packages.ts'

/** Lines for a shell to evaluate: where the engine is, and the programs that came with it. */
function exported(address: string): string {
  const programs = enginePrograms()
  const path = programs === null ? '' : `export PATH='${programs}':"$PATH"\n`
  return `export DOCKER_HOST='${address}'\n${path}`
}

/** Starts Debian's container engine where none answers, or ends the one that was started so. Returns the exit code. */
export async function engine({ action }: { readonly action: string }): Promise<number> {
  const say = createProgress()
  if (action === 'stop') {
    say((await stopEngine()) ? 'the engine is ended, its folder is removed' : 'no engine of ours was there')
    return exitCodes.conformant
  }
  if (action !== 'start') throw new Stop(exitCodes.usage, `Say start or stop: ${action} is neither.`)
  const found = await findEngine(process.env)
  if (found !== null) say(`an engine answers at ${found}: nothing to start`)
  const address = found ?? (await startEngine(say))
  process.stdout.write(exported(address))
  return exitCodes.conformant
}
