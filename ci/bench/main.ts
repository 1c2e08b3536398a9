/**
 * Benchmarks, each paired with its baselines in the same run: ratios are reported, for absolute times
 * say more about the machine than about us; `event-intake` alone searches for a rate, of this machine. `npm run bench [file …]`, without folder and ending.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const paired = fileURLToPath(new URL('paired.ts', import.meta.url))
const known = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.ts') && !['main.ts', 'paired.ts'].includes(file) && !file.endsWith('.self.test.ts'))
  .map((file) => file.replace(/\.ts$/, ''))

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`No benchmark is called ${unknown.join(', ')}: choose from ${known.join(', ')}.\n`)
  process.exit(64)
}
for (const name of wanted.length > 0 ? wanted : known) {
  // A process each: what one leaves in the heap and in the compiler's head is no part of the next.
  const { status } = spawnSync(process.execPath, [paired, `${name}.ts`], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 70
}
