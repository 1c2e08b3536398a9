import { z } from 'zod'

/** What must be the same before two times may be compared: the first thing that a difference would come from. */
export const MachineClass = z.object({
  cpu: z.string(),
  cores: z.int().positive(),
  /** Whole GiB: firmware takes a little, and not always the same. */
  memoryGiB: z.int().nonnegative(),
  /** Operating system, release and architecture. */
  kernel: z.string(),
  node: z.string(),
})
export type MachineClass = z.infer<typeof MachineClass>

const words: Readonly<Record<keyof MachineClass, string>> = {
  cpu: 'processor',
  cores: 'cores',
  memoryGiB: 'GiB of memory',
  kernel: 'kernel',
  node: 'Node',
}

/** Every respect in which two machines are of another class: `cores 8 there, 2 here`; none if they are of one. */
export function machineDifferences(there: MachineClass, here: MachineClass): readonly string[] {
  return (Object.keys(words) as (keyof MachineClass)[])
    .filter((part) => there[part] !== here[part])
    .map((part) => `${words[part]} ${there[part]} there, ${here[part]} here`)
}
