import { mkdir, readFile, realpath, rename, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { baselineFrom } from '../bundle/baseline-record.ts'
import { bundle } from '../bundle/bundle.ts'
import { keyDirectory, keyIdOf, openKeys } from '../bundle/keys.ts'
import { openRun } from '../bundle/open-run.ts'
import { openBaseline, sealBaseline } from '../bundle/signed-baseline.ts'
import { baselineFile } from '../run/comparison.ts'
import { fromHere, resolveRun } from '../run/run-directory.ts'
import { exitCodes } from '../run/stop.ts'

/** Signs the rounds of a run as what later runs are held against, in place of an earlier baseline. */
export async function keepBaseline(options: { readonly root: string; readonly run: string }): Promise<number> {
  const { root, run } = options
  const baseline = baselineFrom(await openRun(root, run))
  const file = baselineFile(root)
  const earlier = await readFile(file, 'utf8').catch(() => null)
  const opened = earlier === null ? null : openBaseline(earlier)
  const keys = await openKeys()
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.part`, sealBaseline(baseline, keys))
  await rename(`${file}.part`, file)
  const { recordedAt, requirement, target, machine } = baseline
  const replaced =
    opened === null
      ? ''
      : `, in place of ${'problem' in opened ? 'one that was changed' : `run ${opened.baseline.run}`}`
  process.stderr.write(
    `${fromHere(file)}: ${requirement} of run ${baseline.run} (${recordedAt}, ${target.name} ${target.version})${replaced}\n` +
      `  ${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, ${machine.kernel}, Node ${machine.node}\n`,
  )
  return exitCodes.conformant
}

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
