import type { ChannelAddresses } from '../contract/notifications.ts'
import { expectOk } from '../contract/outcome.ts'
import { endOf } from '../contract/tokens.ts'
import { formsOf } from '../mesh/canaries.ts'
import type { Scenario } from '../requirement.ts'
import type { Secured } from './admission.ts'
import { quiesce, readChain } from './final-read.ts'
import { settledNotifications, underPolicy } from './notify.ts'
import { postPatiently } from './post.ts'
import { threatSignals } from './signals.ts'

/** A text that nobody but the target may keep, and what it is. */
export type Secret = { readonly what: string; readonly text: string }
/** Or a piece of one; null where it can't be searched. */
export type Place = { readonly name: string; readonly bytes: Uint8Array | null }

/** Nobody listens there: what is sent fails, and failures are what gets logged. */
const deadEnd = '127.0.0.1:9'
const people = { from: 'alerts@meshcert.example', to: 'on-call@meshcert.example' } as const
const numbers = { from: '+15005550006', to: '+4930123456' } as const
const allChannels = ['slack', 'pagerduty', 'email', 'sms'] as const
const patienceMs = 20_000

/** Addresses that hold a secret each, all of them out of reach. */
function plant({ random }: Secured) {
  const drawn = random.stream('secrets')
  const draw = (what: string): Secret => ({ what, text: Buffer.from(drawn.bytes(16)).toString('hex') })
  const secrets = {
    slack: draw("a Slack webhook's path"),
    pagerduty: draw('a PagerDuty routing key'),
    email: draw("a mail server's password"),
    sms: draw("an SMS gateway's token"),
    webhook: draw("a webhook's query"),
    stranger: draw('a token of nobody'),
  }
  const addresses: ChannelAddresses = {
    slack: { url: `http://${deadEnd}/services/${secrets.slack.text}` },
    pagerduty: { url: `http://${deadEnd}/v2/enqueue`, routingKey: secrets.pagerduty.text },
    email: { server: `smtp://operator:${secrets.email.text}@${deadEnd}`, ...people },
    sms: { url: `http://${deadEnd}/Messages.json`, account: 'AC0123', token: secrets.sms.text, ...numbers },
  }
  return { secrets, addresses }
}

/** Where a reader of logs, metrics and evidence could come across a secret. */
async function* places(scenario: Secured, eventId: string): AsyncGenerator<Place> {
  const { target, written } = scenario
  const { notifications, events } = target
  yield* written()
  for (const [index, text] of (await target.exposition()).entries())
    yield { name: `metrics ${index + 1}`, bytes: Buffer.from(text) }
  const answers: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['the audit trail', () => readChain(events)],
    ['the notification policy', () => notifications.notificationPolicy({})],
    ['the notifications of an event', () => notifications.notifications({ eventId })],
    ['the state of an event', () => events.eventState({ id: eventId })],
  ]
  for (const [name, ask] of answers) yield { name, bytes: Buffer.from(JSON.stringify(await ask())) }
}

/** One event that is told to every channel, in vain; answers when all has been given up. */
async function failEverywhere(scenario: Secured, addresses: ChannelAddresses): Promise<string> {
  const { target, random, seed } = scenario
  const { events, clock } = target
  const event = { ...threatSignals(random.stream('told'))(), id: `${seed}/told`, severity: 10, confidence: 1 }
  const routes = { low: [...allChannels], medium: [...allChannels], high: [...allChannels], critical: [...allChannels] }
  await underPolicy(scenario, { policy: (before) => ({ ...before, routes }), addresses }, async () => {
    await postPatiently({ events, clock }, event)
    const isThere = (told: ReadonlyMap<string, readonly unknown[]>) =>
      (told.get(event.id)?.length ?? 0) >= allChannels.length
    await settledNotifications(scenario, [event.id], { isThere, patienceMs })
    await quiesce(events, clock)
  })
  return event.id
}

/** Secrets go where they belong, everything that needs them fails, and then nothing that is kept of it shows one. */
export async function observeSecrets(scenario: Secured): Promise<void> {
  const { target } = scenario
  const { secrets, addresses } = plant(scenario)
  const { webhook, stranger } = secrets
  expectOk('setChannel', await target.events.setChannel({ url: `http://${deadEnd}/alerts?key=${webhook.text}` }))
  await target.wire?.as(stranger.text).events?.setChannel({ url: `http://${deadEnd}/` })
  const eventId = await failEverywhere(scenario, addresses)
  const tokens = Object.entries(target.wire?.tokens ?? {}).map(([name, text]): Secret => ({
    what: `the ${name} token`,
    text: endOf(text),
  }))
  await observeNotShown(scenario, [...Object.values(secrets), ...tokens], places(scenario, eventId))
}

/** No secret is in any place, and every place could be searched. */
export async function observeNotShown(
  { observe }: Pick<Scenario, 'observe'>,
  secrets: readonly Secret[],
  searched: AsyncIterable<Place>,
): Promise<void> {
  const sought = secrets.map(({ what, text }) => ({ what, forms: formsOf(text) }))
  const [names, closed] = [new Set<string>(), new Set<string>()]
  const shownIn = new Map<string, string>()
  for await (const { name, bytes } of searched) {
    names.add(name)
    if (bytes === null) {
      closed.add(name)
      continue
    }
    // The same bytes, not a copy: many are searched.
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    for (const { what, forms } of sought)
      if (!shownIn.has(what) && forms.some((form) => text.includes(form))) shownIn.set(what, name)
  }
  const logs = [...names].filter((name) => name.startsWith('logs/')).length
  const control = { claim: 'positive control', limit: 0, noise: false } as const
  observe.premise({
    ...control,
    measured: logs > 0 ? 0 : 1,
    unit: 'missing logs',
    detail: `${names.size} texts, ${logs} of them logs`,
  })
  observe.premise({
    ...control,
    measured: closed.size,
    noise: true,
    unit: 'files that could not be searched',
    detail: [...closed].join(', '),
  })
  for (const { what } of secrets)
    observe.check('no secret is shown', !shownIn.has(what), `${what} is in ${shownIn.get(what)}`, { noise: false })
}
