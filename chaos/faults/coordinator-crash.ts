/**
 * Coordinator crash: the process that runs the rounds of federated learning is gone, with all that it had in memory, and so are
 * clients that lived in it. What it had written is there. On live tiers the same comes of a SIGKILL from outside.
 * Undo: the target starts it again when the lease ends, with or without us.
 */
import type { FaultPrimitive } from '../../suites/contract/control.ts'
import type { LearningPlane } from '../../suites/contract/learning.ts'

export const coordinatorCrash = {
  name: 'coordinator crash',
  primitive: 'coordinator-crash' satisfies FaultPrimitive,
  /** It strikes no node: schedules of the mesh do without it. */
  plane: 'learning',
  blastRadius: 'every job of federated learning; no node of the mesh',
  effect: 'nobody is answered about a job that there is',
  strikes: async (learning: LearningPlane, jobId: string): Promise<boolean> => !(await learning.job({ jobId })).ok,
} as const
