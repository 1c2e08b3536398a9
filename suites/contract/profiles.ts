import { z } from 'zod'

/** What one process did for a while, as a document of a known format. */
export const ProcessProfile = z.object({
  instance: z.string(),
  /** `cpuprofile` and `heapprofile` are V8's formats; `io` is an `IoProfile`. */
  kind: z.enum(['cpuprofile', 'heapprofile', 'io']),
  /** JSON. */
  text: z.string(),
})
export type ProcessProfile = z.infer<typeof ProcessProfile>

/** What one process can't do without at this instant: what is live, and no garbage that is collected some day. */
export const ProcessMemory = z.object({ instance: z.string(), heldBytes: z.number().nonnegative() })
export type ProcessMemory = z.infer<typeof ProcessMemory>

/** Network and disk of one process in steps of time: counters since its start. Disk is null where the system does not tell. */
export const IoProfile = z.object({
  schema: z.literal('meshcert/io-profile/v1'),
  samples: z.array(
    z.object({
      atMs: z.number(),
      diskReadBytes: z.number().nullable(),
      diskWrittenBytes: z.number().nullable(),
      datagramsSent: z.number(),
      datagramsReceived: z.number(),
      bytesSent: z.number(),
      bytesReceived: z.number(),
    }),
  ),
})
export type IoProfile = z.infer<typeof IoProfile>
