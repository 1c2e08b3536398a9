import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { bundle } from '../bundle/bundle.ts'
import { keyDirectory, keyIdOf, openKeys } from '../bundle/keys.ts'
import { fromHere, resolveRun } from '../run/run-directory.ts'
import { exitCodes } from '../run/stop.ts'

/** Signs a run that has ended. Without `out` the bundle lies beside the run. */
export async function bundleRun(options: {
  readonly root: string
  readonly run: string
  readonly out?: string
}): Promise<number> {
  // `latest` is a link: the bundle bears the name of the run.
  const runDirectory = await realpath(resolveRun(options.root, options.run))
  const keys = await openKeys()
  const { file, bytes } = await bundle({
    runDirectory,
    keys,
    out: options.out ?? `${runDirectory}.tar`,
  })
  process.stderr.write(
    `${file}: ${bytes} bytes, signed by ${keyIdOf(keys.ed25519).slice(0, 16)}… and ${keyIdOf(keys['ml-dsa-65']).slice(0, 16)}…\n` +
      `  check it: npx meshcert verify ${fromHere(file)}\n  others trust it with: --trust ${resolve(keyDirectory(), 'public.jwks.json')}\n`,
  )
  return exitCodes.conformant
}
