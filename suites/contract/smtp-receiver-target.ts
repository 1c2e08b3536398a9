import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** A mail as it arrived: envelope, and headers by their names in small letters, unfolded. */
export type ReceivedMail = {
  readonly from: string
  readonly to: readonly string[]
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
}

export type SmtpReceiver = { readonly server: string; readonly close: () => Promise<void> }

/** Answers a mail with a status of RFC 5321, such as 250 or 451, and text. */
type Answer = (mail: ReceivedMail) => Promise<string>

/** A soft line break of quoted-printable joins lines, `=XX` is a byte. */
const fromQuotedPrintable = (text: string): string =>
  Buffer.from(
    text
      .replaceAll(/=\r\n/g, '')
      .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8')

/** An encoded word of RFC 2047; white space between two of them is not part of the text. */
const decodeWords = (text: string): string =>
  text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, encoding: string, word: string) =>
      encoding.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString('utf8')
        : fromQuotedPrintable(word.replaceAll('_', ' ')),
    )

function parseMail(envelope: Pick<ReceivedMail, 'from' | 'to'>, lines: readonly string[]): ReceivedMail {
  const end = lines.indexOf('')
  const head = lines
    .slice(0, end)
    .join('\n')
    .replaceAll(/\n[ \t]/g, ' ')
    .split('\n')
  const headers = new Map(
    head.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), decodeWords(line.slice(colon + 1).trim())]
    }),
  )
  const body = lines.slice(end + 1).join('\r\n')
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase()
  const text =
    encoding === 'base64'
      ? Buffer.from(body, 'base64').toString('utf8')
      : encoding === 'quoted-printable'
        ? fromQuotedPrintable(body)
        : body
  return { ...envelope, headers, text }
}

const addressIn = (line: string): string => /<([^>]*)>/.exec(line)?.[1] ?? ''

/** One session of RFC 5321, as much of it as a mail without extensions needs. */
async function converse(socket: Socket, answer: Answer): Promise<void> {
  const say = (line: string) => void socket.write(`${line}\r\n`)
  let envelope: { from: string; to: string[] } = { from: '', to: [] }
  let data: string[] | null = null
  say('220 receiver ready')
  for await (const line of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (data !== null) {
      if (line !== '.') {
        // A line that begins with a dot was given another one.
        data.push(line.startsWith('.') ? line.slice(1) : line)
        continue
      }
      const mail = parseMail(envelope, data)
      data = null
      envelope = { from: '', to: [] }
      say(await answer(mail))
      continue
    }
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'MAIL') envelope = { from: addressIn(line), to: [] }
    if (verb === 'RCPT') envelope.to.push(addressIn(line))
    if (verb === 'DATA') data = []
    if (verb === 'QUIT') {
      say('221 bye')
      socket.end()
      return
    }
    const isKnown = ['HELO', 'EHLO', 'MAIL', 'RCPT', 'RSET', 'NOOP'].includes(verb)
    say(data !== null ? '354 go on' : isKnown ? '250 fine' : '502 not here')
  }
}

/** The suite's end of a target's e-mail channel: a mail server on loopback that takes every mail to `answer`. */
export async function startSmtpReceiver(answer: Answer): Promise<SmtpReceiver> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => undefined)
    converse(socket, answer).catch(() => socket.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: 0 }, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No loopback address for the mail receiver.')
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of open) socket.destroy()
    })
  return { server: `smtp://127.0.0.1:${address.port}`, close }
}
