/** Types of our k6 extension; its Go source is `extensions/meshcert`. */
declare module 'k6/x/meshcert' {
  /** ML-DSA-65 key pair. */
  export interface Signer {
    /** Raw, 1,952 bytes, base64. */
    readonly publicKey: string
    /** 32 bytes, base64: `signerOf` makes the same pair again. */
    readonly seed: string
    /** Signature of the UTF-8 bytes of `message` under a context string, hedged; base64. */
    sign(message: string, context: string): string
  }
  export function newSigner(): Signer
  export function signerOf(seed: string): Signer
  /** False for anything that is no valid signature, malformed keys included. */
  export function verify(publicKey: string, message: string, signature: string, context: string): boolean

  /** Host monotonic clock, ms: the same as Node's process.hrtime. */
  export function nowMs(): number
  /** When this VU's scenario started, on the same clock: arrivals count from here. Throws outside an iteration. */
  export function scenarioStartMs(): number
  /** User plus system time of the k6 process so far. */
  export function cpuSeconds(): number

  /** Where routed alerts are received; the receiver starts at the first call. */
  export function alertUrl(): string
  /** Blocks this VU until the event's first alert has arrived: its instant in monotonic ms, null when it did not come in time. */
  export function awaitAlert(eventId: string, timeoutMs: number): number | null
  /** Waits for alerts that were awaited in vain; ids of those that never came. */
  export function overdueAlerts(timeoutMs: number): string[]
  export function alertCount(): { readonly deliveries: number; readonly events: number; readonly malformed: number }

  export interface Fetched {
    /** Monotonic ms. */
    readonly endedAtMs: number
    readonly tookMs: number
    /** What keeps the answer from being a usable identity that was issued for it; empty if nothing does. */
    readonly problem: string
    /** Whether the target said anything at all. */
    readonly answered: boolean
  }
  /**
   * Asks the SPIFFE Workload API for the X.509-SVID of each workload, all at once. An identity is usable if it parses, is
   * in force, carries exactly that SPIFFE ID and its own private key, and is signed by an authority of its bundle. One that
   * was handed to this process before was not issued again.
   */
  export function fetchSvids(
    workloads: readonly { readonly endpoint: string; readonly spiffeId: string }[],
    timeoutMs: number,
  ): Fetched[]

  /** Sends one datagram; says nothing about its arrival. */
  export function udpSend(address: string, payload: string | ArrayBuffer): void
  /** Round trip in ms until the same bytes came back; null when they did not in time. */
  export function udpEcho(address: string, payload: string | ArrayBuffer, timeoutMs: number): number | null

  export interface TlsFacts {
    /** Negotiated key-exchange group: `X25519MLKEM768`, `X25519`, … */
    readonly group: string
    readonly postQuantum: boolean
    readonly version: string
    readonly cipherSuite: string
    /** Of the server's certificate; empty without one. */
    readonly signatureAlgorithm: string
    readonly handshakeMs: number
  }
  /** One handshake with host:port, certificate unchecked: it asks what was negotiated. Throws when there is none. */
  export function tlsProbe(address: string, timeoutMs: number): TlsFacts
}
