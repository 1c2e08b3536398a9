/** The kill matrix that is kept: of each defect what its last run said, and of which state of the suite that was. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { counted } from '../verdict/figures.ts'

export const killSchema = 'meshcert/kill-matrix/v2'

/** What became of one defect: killed only by the named row, for the named reason. */
export const KeptKill = z.object({
  defect: z.string(),
  requirement: z.string(),
  tier: z.string(),
  killed: z.boolean(),
  exitCode: z.int(),
  said: z.string(),
  tookS: z.number(),
  /** When its run began, as an ISO instant. */
  at: z.iso.datetime(),
  /** SHA-256 of suites, judge, runner and reference then: with another one today it says nothing of today's. */
  state: z.string().length(64),
})
export type KeptKill = z.infer<typeof KeptKill>

const KillMatrix = z.object({ schema: z.literal(killSchema), kills: z.array(KeptKill) })

const fileIn = (root: string): string => join(root, '.evidence', 'kill-matrix.json')

/** The kept kills of a checkout; none where there is no matrix, or one of another form. Throws for what is no JSON. */
export function readKills(root: string): readonly KeptKill[] {
  let text: string
  try {
    text = readFileSync(fileIn(root), 'utf8')
  } catch {
    return []
  }
  return KillMatrix.safeParse(JSON.parse(text)).data?.kills ?? []
}

/** Keeps what defects said in place of what they said before; those that are not known any more are dropped. */
export function keepKills(root: string, fresh: readonly KeptKill[], known: ReadonlySet<string>): void {
  const again = new Set(fresh.map(({ defect }) => defect))
  const kills = [...readKills(root).filter(({ defect }) => !again.has(defect)), ...fresh]
    .filter(({ defect }) => known.has(defect))
    .toSorted((one, other) => (one.defect < other.defect ? -1 : 1))
  const file = fileIn(root)
  mkdirSync(dirname(file), { recursive: true })
  // Whoever reads meanwhile finds the old matrix or the new one.
  writeFileSync(`${file}.new`, `${JSON.stringify({ schema: killSchema, kills }, null, 2)}\n`)
  renameSync(`${file}.new`, file)
}

/** A page of the documentation from a committed matrix. Throws where it is of another form. */
export function killMatrixPage(text: string): string {
  const { kills } = KillMatrix.parse(JSON.parse(text))
  const states = new Set(kills.map(({ state }) => state))
  const killed = kills.filter((kill) => kill.killed).length
  const rows = kills
    .toSorted((one, other) => one.requirement.localeCompare(other.requirement, 'en', { numeric: true }))
    .map(({ requirement, tier, defect, killed: isKilled, tookS, at, state }) => [
      requirement,
      tier,
      defect,
      isKilled ? 'red' : '**survived**',
      `${tookS} s`,
      at.slice(0, 10),
      state.slice(0, 8),
    ])
  const heads = ['Requirement', 'Tier', 'Defect', 'Its row', 'Took', 'On', 'Suite']
  const lines = [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return `# Kill matrix

Generated from \`kill-matrix.json\`, which \`npx meshcert defects\` and \`npm test\` keep: each deliberate bug that was tried,
and whether the row that it names turned red for the stated reason the last time. ${counted(killed, 'defect')} of ${kills.length} did, under ${counted(states.size, 'state')} of the suite.
\`npx meshcert list\` names all that there are.

${lines.join('\n')}
`
}
