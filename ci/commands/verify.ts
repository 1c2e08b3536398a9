import { readBundle } from '../bundle/open-run.ts'
import { trustedKeyIds } from '../bundle/keys.ts'
import { verify, type Verification } from '../bundle/verification.ts'
import { exitCodes, messageOf, Stop } from '../run/stop.ts'

function explanation({ checks, run }: Verification): readonly string[] {
  const rows =
    run?.requirements.map(({ id, tier, verdict, reason }) => `  ${verdict} ${id} on ${tier}: ${reason}`) ?? []
  return [...checks.map((check) => `  ${check}`), ...rows]
}

function heading({ exitCode, problems, run }: Verification, file: string): string {
  if (problems.length > 0)
    return exitCode === exitCodes.usage ? `${file} is no bundle` : `REFUSED: ${file} is not as it was signed`
  // A conformant run of somebody unknown is no good news yet.
  const word = exitCode === exitCodes.inconclusive ? 'INCONCLUSIVE' : (run?.verdict ?? 'INCONCLUSIVE')
  return `${word}: ${file}, run ${run?.run ?? '?'} of ${run?.target.name ?? '?'} ${run?.target.version ?? ''}`
}

/** Checks a bundle offline and judges again. Returns the exit code of the table. */
export async function verifyBundle(options: {
  readonly bundle: string
  readonly trust?: string
  readonly explain?: boolean
}): Promise<number> {
  const { bundle: file, trust, explain } = options
  const bytes = await readBundle(file).catch((error: unknown) => {
    throw new Stop(
      exitCodes.usage,
      `${file} can't be read: ${messageOf(error)}. Name a bundle that certify or bundle wrote.`,
    )
  })
  const verification = await verify(bytes, await trustedKeyIds(trust))
  const { problems, notes, exitCode } = verification
  const lines = [
    heading(verification, file),
    ...problems.map((problem) => `  ${problem}`),
    ...(explain === true ? explanation(verification) : []),
    ...notes.map((note) => `  note: ${note}`),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  return exitCode
}
