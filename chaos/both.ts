import type { Besides } from './recovery.ts'

/** Two things that go on beside one fault. */
export const both = (one: Besides, other: Besides): Besides => ({
  begin: async (...fault) => {
    await one.begin(...fault)
    await other.begin(...fault)
  },
  struck: (fault) => {
    one.struck?.(fault)
    other.struck?.(fault)
  },
  see: (nodes) => {
    one.see?.(nodes)
    other.see?.(nodes)
  },
  atRecovery: async (living, lease) => {
    await one.atRecovery(living, lease)
    await other.atRecovery(living, lease)
  },
  end: async () => {
    const isWell = await one.end()
    return (await other.end()) && isWell
  },
  stop: async () => {
    await one.stop()
    await other.stop()
  },
})
