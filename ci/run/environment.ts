import { createHmac, createSecretKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { cpus, release, totalmem } from 'node:os'
import type { MachineClass } from '../verdict/machine-class.ts'

/** How often `work` runs per second of wall time, over about `forMs`. */
function rateOf(work: () => void, forMs: number): number {
  const start = process.hrtime.bigint()
  let runs = 0
  let tookMs = 0
  while (tookMs < forMs) {
    for (let i = 0; i < 8; i += 1) work()
    runs += 8
    tookMs = Number(process.hrtime.bigint() - start) / 1e6
  }
  return Math.round((runs / tookMs) * 1_000)
}

/** Datagrams of 256 bytes per second, sent and received by this process on loopback, 64 in flight. */
async function udpRate(forMs: number): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  const datagram = Buffer.alloc(256)
  let received = 0
  const end = Date.now() + forMs
  const send = (): void => socket.send(datagram, port, '127.0.0.1')
  socket.on('message', () => {
    received += 1
    if (Date.now() < end) send()
  })
  for (let i = 0; i < 64; i += 1) send()
  await new Promise((resolve) => setTimeout(resolve, forMs))
  socket.close()
  return Math.round((received / forMs) * 1_000)
}

const kernel = (): string => `${process.platform} ${release()} ${process.arch}`

/** The class of this machine, by which one may compare times. */
export const describeMachine = (): MachineClass => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  kernel: kernel(),
  node: process.version,
})

/** What machine this is, and what it can do now: calibration of the same run, so that throughput is told from hardware. */
export async function describeEnvironment(): Promise<Readonly<Record<string, unknown>>> {
  const key = createSecretKey(randomBytes(32))
  const message = randomBytes(256)
  const { privateKey } = generateKeyPairSync('ml-dsa-65')
  return {
    schema: 'meshcert/environment/v1',
    node: process.version,
    openssl: process.versions.openssl,
    platform: kernel(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    calibration: {
      hmacSha256PerSecond: rateOf(() => createHmac('sha256', key).update(message).digest(), 60),
      mlDsa65SignaturesPerSecond: rateOf(() => sign(null, message, privateKey), 120),
      udpDatagramsPerSecond: await udpRate(80),
    },
  }
}
