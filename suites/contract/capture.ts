/** One packet as it travelled. `from` and `to` name ends of one kind: ports on a live host, nodes in a virtual network. */
export type Packet = {
  readonly protocol: 'udp' | 'tcp' | 'other'
  readonly from: string
  readonly to: string
  readonly payload: Buffer
}

export type Captured = {
  readonly packets: readonly Packet[]
  /** What was not kept: a search of half the traffic proves nothing. Null where nobody can say. */
  readonly dropped: number | null
}

/** Everything that travels from its opening to its end. */
export type Capture = {
  /** Sends a text over the captured network as it is: the proof that what travels in clear is found. */
  readonly sendInClear: (text: string) => Promise<void>
  readonly end: () => Promise<Captured>
}

/** Where one direction of a conversation is known by. */
export const flowOf = ({ from, to }: Pick<Packet, 'from' | 'to'>): string => `${from}>${to}`
