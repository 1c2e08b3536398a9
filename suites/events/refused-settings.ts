import { z } from 'zod'
import { promisedSettings, Settings, settingKeys, type SettingKey } from '../contract/configuration.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Configured } from './trial.ts'

type Document = Readonly<Record<string, unknown>>

const shortLeaseMs = 1_000
/** Each setting of `keys` with one value. */
const all = (keys: readonly SettingKey[], value: unknown): Document =>
  Object.fromEntries(keys.map((key) => [key, value]))

const numbers = settingKeys.filter((key) => typeof promisedSettings[key] === 'number')

const Bounds = z.object({
  type: z.string().exactOptional(),
  minimum: z.number().exactOptional(),
  maximum: z.number().exactOptional(),
})
const { properties } = z.object({ properties: z.record(z.string(), Bounds) }).parse(z.toJSONSchema(Settings))

/** Each number just beyond what it may be: by one, or by as little as matters where it need not be whole. */
const beyond = (rim: 'minimum' | 'maximum'): Document =>
  Object.fromEntries(
    numbers.map((key) => {
      const { type, [rim]: edge } = properties[key] ?? {}
      if (edge === undefined) throw new Error(`${key} has no ${rim}: give each number both, in its contract.`)
      const step = type === 'integer' ? 1 : 0.0005
      return [key, rim === 'minimum' ? edge - step : edge + step]
    }),
  )

/** Documents that no service may start with, and every key that it must name. */
const documents: readonly { readonly name: string; readonly document: Document; readonly keys: readonly string[] }[] = [
  { name: 'a value of another kind', document: all(settingKeys, 'loud'), keys: settingKeys },
  { name: 'no value', document: all(settingKeys, null), keys: settingKeys },
  { name: 'just less than the least', document: beyond('minimum'), keys: numbers },
  { name: 'just more than the most', document: beyond('maximum'), keys: numbers },
  {
    name: 'one wrong among right ones',
    document: { 'queue.capacity': 100, 'deliveries.workers': 10.5, 'retries.max': 2 },
    keys: ['deliveries.workers'],
  },
  { name: 'a name that is misspelt', document: { 'queue.capasity': 100 }, keys: ['queue.capasity'] },
  { name: 'levels out of order', document: { 'risk.medium': 8 }, keys: ['risk.medium'] },
]

/** A service does not start with any of them, and says which settings are wrong; false from the first that starts on. */
export async function observeRefusals({ target, observe }: Configured): Promise<boolean> {
  for (const { name, document, keys } of documents) {
    const settings = { ...document }
    const answer = expectOk('startTrial', await target.configuration.startTrial({ settings, leaseMs: shortLeaseMs }))
    if (answer.state === 'started') {
      expectOk('endTrial', await target.configuration.endTrial({ id: answer.id }))
      observe.check('a wrong setting is refused at start', false, `${name}: the service started`, { noise: false })
      return false
    }
    observe.check('a wrong setting is refused at start', true, '')
    for (const key of keys) {
      const seen = `${key}, ${name}: it named ${answer.keys.join(', ') || 'none'}`
      observe.check('a refusal names each wrong setting', answer.keys.includes(key), seen, { noise: false })
    }
    const others = answer.keys.filter((key) => !keys.includes(key) && !key.startsWith('risk.'))
    const seen = `${name}: it named ${others.join(', ')}`
    observe.check('a refusal names no setting that is right', others.length === 0, seen, { noise: false })
  }
  return true
}
