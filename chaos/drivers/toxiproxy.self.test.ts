import { once } from 'node:events'
import { createServer } from 'node:http'
import { hostname } from 'node:os'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { linkName, toxiproxyDetail } from '../../suites/contract/toxiproxy.ts'
import type { Driver, FaultOrder, Strike } from '../lease.ts'
import { throughToxiproxy, type Relayable } from './toxiproxy.ts'
import { relaySupports, toxicsOf } from './toxiproxy-faults.ts'

type Laid = { readonly name: string; readonly type: string; readonly stream: string; readonly attributes: object }

/** What lies on each proxy, and every request: a Toxiproxy as far as its API goes. */
const proxies = new Map<string, Laid[]>()
const asked: string[] = []
const server = createServer(async (request, response) => {
  const [, , proxy = '', , name = ''] = (request.url ?? '').split('/').map(decodeURIComponent)
  asked.push(`${request.method} ${request.url}`)
  const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body))
  const toxics = proxies.get(proxy)
  if (proxy === '') {
    return answer(200, Object.fromEntries([...proxies].map(([key, laid]) => [key, { enabled: true, toxics: laid }])))
  }
  if (toxics === undefined) return answer(404, { error: 'proxy not found' })
  if (request.method === 'POST') {
    const laid = JSON.parse(Buffer.concat(await request.toArray()).toString()) as Laid
    if (toxics.some((toxic) => toxic.name === laid.name)) return answer(409, { error: 'toxic already exists' })
    toxics.push(laid)
    return answer(200, laid)
  }
  const place = toxics.findIndex((toxic) => toxic.name === name)
  if (place < 0) return answer(404, { error: 'toxic not found' })
  toxics.splice(place, 1)
  return response.writeHead(204).end()
})
let url = ''
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

const [aToB, bToC, stranger] = [linkName('a', 'b'), linkName('b', 'c'), 'database']
beforeEach(() => {
  proxies.clear()
  for (const proxy of [aToB, bToC, stranger]) proxies.set(proxy, [])
  asked.length = 0
})

const laidOn = (proxy: string) =>
  (proxies.get(proxy) ?? []).map(({ type, stream, attributes }) => ({ type, stream, attributes }))
const everything = () => [...proxies.values()].flat()

const partition: Strike = { fault: 'partition', scope: { groups: [['a'], ['b', 'c']] } }
const orderOf = (strike: Strike, leaseMs = 60_000): FaultOrder => ({ fault: strike.fault, strike, leaseMs })

/** The driver that a target has anyway: it tells what came its way. */
const otherwise = (): Driver & { readonly came: string[] } => {
  const came: string[] = []
  const note = (what: string) => async (): Promise<never> => {
    came.push(what)
    return { id: 'otherwise', atMs: 0, residue: [] } as never
  }
  return {
    came,
    name: 'process',
    supports: () => true,
    arm: note('arm'),
    inject: note('inject'),
    renew: note('renew'),
    undo: note('undo'),
  }
}
const target = (faults?: 'allowed'): Relayable =>
  // Of the control plane a driver of links asks nothing.
  ({ description: { name: 'm', details: { [toxiproxyDetail]: url } }, control: {}, faults }) as unknown as Relayable
const driver = (): Promise<Driver> => throughToxiproxy(target('allowed'), otherwise())

async function inject(through: Driver, order: FaultOrder) {
  await through.arm(order)
  return through.inject(order)
}

test('a fault of links is toxics, each way by itself, on the proxies that are named for them', async () => {
  const network = (path: object, from?: string[]): readonly object[] =>
    toxicsOf({ fault: 'network', scope: { paths: [{ path, ...(from && { from }) }] } }, proxies.keys())
  const cut = { type: 'timeout', attributes: { timeout: 0 } }
  expect(toxicsOf(partition, proxies.keys())).toEqual([
    { proxy: aToB, stream: 'downstream', ...cut },
    { proxy: aToB, stream: 'upstream', ...cut },
  ])
  expect(network({ loss: { share: 1 } }, ['b'])).toEqual([
    { proxy: aToB, stream: 'downstream', ...cut },
    { proxy: bToC, stream: 'upstream', ...cut },
  ])
  const slow = { latency: { delayMs: 100, jitterMs: 20 }, bandwidth: { bitsPerS: 1_000_000, queueBytes: 10_000 } }
  expect(network(slow, ['a'])).toEqual([
    { proxy: aToB, stream: 'upstream', type: 'latency', attributes: { latency: 100, jitter: 20 } },
    { proxy: aToB, stream: 'upstream', type: 'bandwidth', attributes: { rate: 125 } },
  ])
  expect(() => network({ latency: { delayMs: 1 } }, ['z'])).toThrow('name the proxy of each link FROM->TO')
})

test.for([
  [{ loss: { share: 0.5 } }, 'TCP sends again'],
  [{ corrupt: { share: 1 } }, 'no packets that it could corrupt'],
  [{ latency: { delayMs: 5 }, window: { periodMs: 10, fromMs: 0, forMs: 5 } }, 'no window of time'],
  [{ bandwidth: { bitsPerS: 7_999, queueBytes: 1 } }, 'less than one'],
] as const)('%j is not to be had from a relay of TCP', ([path, why]) => {
  expect(relaySupports({ fault: 'network', scope: { paths: [{ path }] } })).toContain(why)
})

test('a fault lies there until it is undone, and leaves nothing', async () => {
  const through = await driver()
  const applied = await inject(through, orderOf(partition))
  expect(
    laidOn(aToB)
      .map(({ stream }) => stream)
      .toSorted(),
  ).toEqual(['downstream', 'upstream'])
  expect([laidOn(bToC), laidOn(stranger)]).toEqual([[], []])
  await expect(through.arm(orderOf(partition))).rejects.toThrow('is in force: undo it first')
  expect((await through.undo(applied)).residue).toEqual([])
  expect(everything()).toEqual([])
})

test('a fault that nobody renews is over after its lease, and not before', async () => {
  const through = await driver()
  const leaseMs = 400
  const orderedAtMs = performance.now()
  await inject(through, orderOf(partition, leaseMs))
  await vi.waitFor(() => expect(everything()).toEqual([]), { timeout: 60_000, interval: 5 })
  expect(performance.now() - orderedAtMs).toBeGreaterThan(leaseMs - 2)
})

test('what a watchdog leaves that was killed is taken back at once, and by whoever comes next', async () => {
  const through = await driver()
  await inject(through, orderOf(partition))
  const pid = Number(everything()[0]?.name.split('.').at(-2))
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(everything()).toEqual([]), { timeout: 60_000, interval: 5 })

  const left = { type: 'timeout', stream: 'upstream', attributes: { timeout: 0 } }
  proxies.get(aToB)?.push({ name: `meshcert.${hostname()}.${pid}.0`, ...left }, { name: 'somebody', ...left })
  const next = await driver()
  expect(everything().map(({ name }) => name)).toEqual(['somebody'])
  const applied = await inject(next, orderOf(partition))
  await next.undo(applied)
  expect(everything().map(({ name }) => name)).toEqual(['somebody'])

  proxies.get(bToC)?.push({ name: 'meshcert.another-machine.17.0', ...left })
  await expect(next.arm(orderOf(partition))).rejects.toThrow('meshcert.another-machine.17.0 on b->c is in force')
})

test('without the label nothing is laid; what is no fault of links goes its usual way', async () => {
  const unlabelled = await throughToxiproxy(target(), otherwise())
  await expect(unlabelled.arm(orderOf(partition))).rejects.toThrow('does not carry the label')
  const usual = otherwise()
  const through = await throughToxiproxy(target('allowed'), usual)
  const applied = await inject(through, orderOf({ fault: 'pause', scope: { nodes: ['a'] } }))
  await through.renew(applied)
  await through.undo(applied)
  expect(usual.came).toEqual(['arm', 'inject', 'renew', 'undo'])
  expect(asked.filter((line) => !line.startsWith('GET'))).toEqual([])
})

test('a Toxiproxy that is not there is told before anything is armed', async () => {
  const gone = {
    ...target('allowed'),
    description: { name: 'm', details: { [toxiproxyDetail]: 'http://127.0.0.1:9' } },
  }
  await expect(throughToxiproxy(gone, otherwise())).rejects.toThrow('is it running, and is this the URL of its API?')
})
