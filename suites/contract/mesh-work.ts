import { z } from 'zod'

/** What a mesh has done since its start, as counters. */
export const MeshWork = z.object({
  /** Beacons that were due on links that are up, whether they were sent or shed: what is late is no less owed. */
  beaconsOffered: z.number(),
  beaconsUsed: z.number(),
  /** Of the beacons used: those that a verified root has, and those taken back because no root that has them came in time. */
  beaconsFinal: z.number(),
  beaconsRetracted: z.number(),
  datagramsAccepted: z.number(),
  macsVerified: z.number(),
  /** Changes of a link's keys in use, each counted at one end. */
  linksRekeyed: z.number(),
  rootsExpected: z.number(),
  rootsVerified: z.number(),
  /** Beacon batches posted by peers: signatures verified, and refusals by reason. */
  peerSignaturesVerified: z.number(),
  peerBeaconsUsed: z.number(),
  peerBeaconsFinal: z.number(),
  peerBeaconsRetracted: z.number(),
  refused: z.record(z.string(), z.number()),
})
export type MeshWork = z.infer<typeof MeshWork>

/** Counters of what has done nothing yet. */
export const noWork = (): MeshWork => ({
  beaconsOffered: 0,
  beaconsUsed: 0,
  beaconsFinal: 0,
  beaconsRetracted: 0,
  datagramsAccepted: 0,
  macsVerified: 0,
  linksRekeyed: 0,
  rootsExpected: 0,
  rootsVerified: 0,
  peerSignaturesVerified: 0,
  peerBeaconsUsed: 0,
  peerBeaconsFinal: 0,
  peerBeaconsRetracted: 0,
  refused: {},
})
