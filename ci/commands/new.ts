import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fromHere } from '../run/run-directory.ts'
import { readClaims, type Claim } from '../run/claims.ts'
import { exitCodes, Stop } from '../run/stop.ts'
import { isKind, kinds, scaffolds, type Scaffold } from './scaffolds.ts'

const kebabCase = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

function scaffoldOf(kind: string, name: string, claims: readonly Claim[]): Scaffold {
  if (!isKind(kind)) throw new Stop(exitCodes.usage, `There is no kind ${kind}. Known: ${kinds.join(', ')}.`)
  if (kind === 'requirement') {
    const claim = claims.find(({ requirement }) => requirement === name)
    if (claim !== undefined)
      throw new Stop(exitCodes.usage, `${name} is claimed by ${claim.file}: one test shows one requirement.`)
  } else if (!kebabCase.test(name)) {
    throw new Stop(exitCodes.usage, `${name} is no name for a ${kind}: name it in kebab-case, like queue-unbounded.`)
  }
  return scaffolds[kind](name)
}

/** Writes the one file that a new part begins with, red until it is filled in, and says what else is to be edited. */
export async function scaffold(options: {
  readonly root: string
  readonly kind: string
  readonly name: string
}): Promise<number> {
  const { root, kind, name } = options
  const { file, text, next } = scaffoldOf(kind, name, await readClaims(root))
  if (file !== null) {
    const path = join(root, file)
    if (existsSync(path)) throw new Stop(exitCodes.usage, `${file} is there already: edit it, or take another name.`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    process.stdout.write(`${fromHere(path)}\n`)
  } else process.stdout.write(text)
  process.stderr.write(`then:\n${next.map((step) => `  ${step}\n`).join('')}`)
  return exitCodes.conformant
}
