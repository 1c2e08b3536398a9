import { formats, isFormat, writeReports } from '../report/render.ts'
import { resolveRun } from '../run/run-directory.ts'
import { damaged } from '../run/run-document.ts'
import { exitCodes, Stop } from '../run/stop.ts'

/** Renders a run's views again, from its evidence. */
export async function report(options: {
  readonly root: string
  readonly run: string
  readonly format: readonly string[]
}): Promise<number> {
  const directory = resolveRun(options.root, options.run)
  const wanted = options.format.filter(isFormat)
  const unknown = options.format.find((word) => !isFormat(word))
  if (unknown !== undefined || wanted.length === 0) {
    throw new Stop(exitCodes.usage, `There is no format ${unknown ?? '""'}. Known: ${Object.keys(formats).join(', ')}.`)
  }
  const files = await writeReports(directory, wanted).catch((error: unknown) => {
    throw damaged(options.run, error)
  })
  process.stdout.write(files.map((file) => `${file}\n`).join(''))
  return exitCodes.conformant
}
