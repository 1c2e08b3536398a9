import { z } from 'zod'
import { AuditEntry } from '../contract/events.ts'
import { HealingCycle } from '../contract/healing.ts'
import { LearningRound } from '../contract/learning.ts'
import type { CheckerName } from '../requirements/requirement-row.ts'
import { LimitStep } from './scale-run.ts'

/** One load of a record, numbered from 0: its first and its last scheduled instant, in ms on the host's monotonic clock. */
const stretch = { load: z.int().nonnegative(), fromMs: z.number(), toMs: z.number() }
const load = z.int().nonnegative()

/** One item of the history that each checker reads: the suites write these lines, the judge parses them. */
export const historyItems = {
  'accepted-events-accounted': z.discriminatedUnion('type', [
    z.object({
      type: z.literal('posted'),
      id: z.string(),
      outcome: z.enum(['ok', 'definite', 'indefinite']),
      /** The id by which the answer called it, another one where equal content was known; null without an acceptance. */
      storedAs: z.string().nullable(),
    }),
    /** The quiesced final read of one id that the target knows. */
    z.object({ type: z.literal('final'), id: z.string(), state: z.string(), reason: z.string().nullable() }),
  ]),
  'audit-chain-intact': z.discriminatedUnion('type', [
    z.object({ type: z.literal('accepted'), id: z.string() }),
    /** An alert that the suite's own receiver saw arrive: an action, whatever the target says of it. */
    z.object({ type: z.literal('alerted'), id: z.string() }),
    /** What the target says became of an event. */
    z.object({ type: z.literal('final'), id: z.string(), state: z.string() }),
    AuditEntry.extend({ type: z.literal('entry') }),
  ]),
  'cycles-on-time': z.discriminatedUnion('type', [
    /** Every cycle of this loop due in [fromMs, toMs) must be in the history. */
    z.object({
      type: z.literal('schedule'),
      loop: z.string(),
      periodMs: z.number(),
      fromMs: z.number(),
      toMs: z.number(),
    }),
    HealingCycle.extend({ type: z.literal('cycle') }),
  ]),
  'views-converged': z.discriminatedUnion('type', [
    /** Who is alive at the quiesced final read, as the suite knows it from its own faults. */
    z.object({ type: z.literal('alive'), node: z.string() }),
    z.object({
      type: z.literal('view'),
      node: z.string(),
      state: z.enum(['up', 'down']),
      viewSize: z.int(),
      viewDigest: z.string(),
      linksUp: z.array(z.string()),
    }),
  ]),
  'limit-foretold': LimitStep,
  /** `mesh` names the world: a simulated scenario has several. Ids: author / sequence / hash of the text. */
  'deltas-converged': z.discriminatedUnion('type', [
    z.object({
      type: z.literal('posted'),
      mesh: z.string(),
      id: z.string(),
      outcome: z.enum(['ok', 'definite', 'indefinite']),
    }),
    /** Held before the first post of this history, by whomever: nobody here knows how it came there. */
    z.object({ type: z.literal('found'), mesh: z.string(), ids: z.array(z.string()) }),
    /** A quiesced read is to come: these nodes must hold whatever was acknowledged before. */
    z.object({ type: z.literal('holders'), mesh: z.string(), read: z.string(), nodes: z.array(z.string()) }),
    /** What at least one node held, under a name that `held` cites. */
    z.object({ type: z.literal('set'), mesh: z.string(), set: z.string(), ids: z.array(z.string()) }),
    z.object({ type: z.literal('held'), mesh: z.string(), read: z.string(), node: z.string(), set: z.string() }),
  ]),
  /** Instants on the host's monotonic clock, in ms. */
  'queue-drained': z.discriminatedUnion('type', [
    z.object({ type: z.literal('load'), ...stretch }),
    /** What the target told of its queue, dated when the answer was there. */
    z.object({ type: z.literal('depth'), load, atMs: z.number(), depth: z.int().nonnegative() }),
    /**
     * The last alert of the load at the suite's receiver: `atMs` the latest arrival that was timed, `byMs` when all had
     * come, those included whose senders had given up; null where one never came.
     */
    z.object({ type: z.literal('last-alert'), load, atMs: z.number().nullable(), byMs: z.number().nullable() }),
  ]),
  /** Instants on the host's monotonic clock, in ms. */
  'replica-always-serving': z.discriminatedUnion('type', [
    /** `steady`: the limits that hold without a fault, and for how long they must to be steady again. */
    z.object({
      type: z.literal('load'),
      ...stretch,
      steady: z.object({ quantile: z.number(), limitMs: z.number(), heldMs: z.number() }),
      budget: z.object({ faultsIn30Days: z.number(), gapS: z.number() }),
    }),
    z.object({ type: z.literal('kill'), load, atMs: z.number(), instance: z.string() }),
    /** Replicas that are up by the target's word. */
    z.object({ type: z.literal('replicas'), load, atMs: z.number(), up: z.int().nonnegative() }),
    /** One event: when it was due, when it was known to be taken in and when its alert came, null for never; and how many of its requests failed. */
    z.object({
      type: z.literal('event'),
      load,
      dueAtMs: z.number(),
      acceptedAtMs: z.number().nullable(),
      alertedAtMs: z.number().nullable(),
      failures: z.int().nonnegative(),
    }),
  ]),
  'resources-level': z.discriminatedUnion('type', [
    /** Readings of the first `settleS` seconds say how processes warm up, and nothing of leaks. */
    z.object({ type: z.literal('load'), ...stretch, settleS: z.number() }),
    /**
     * One process as the system it runs on sees it, on the host's monotonic clock; one that is a simulated world in virtual
     * time, with the memory that it holds once garbage is collected.
     */
    z.object({
      type: z.literal('use'),
      load,
      atMs: z.number(),
      instance: z.string(),
      pid: z.int(),
      residentBytes: z.number(),
      handles: z.int(),
      cpuMs: z.number(),
    }),
  ]),
  /** Instants on the host's monotonic clock, in ms; everything else since the process, or the database, was started. */
  'costs-accounted': z.discriminatedUnion('type', [
    /** A stretch begins: at rest, under load, at rest again, under load of incidents alone, and the end of that. */
    z.object({
      type: z.literal('mark'),
      mark: z.enum(['rest', 'load', 'rest-again', 'incidents', 'end']),
      atMs: z.number(),
      /** Accepted so far, and incidents opened by them. */
      events: z.int().nonnegative(),
      incidents: z.int().nonnegative(),
      /** Between the service and its senders and receivers, as those count it. */
      outsideBytes: z.number().nonnegative(),
      /** What the database says of its journal; null where it says nothing. */
      journal: z.object({ syncs: z.int().nonnegative(), waitedMs: z.number().nonnegative() }).nullable(),
    }),
    /** One process as the system sees it at a mark. */
    z.object({
      type: z.literal('use'),
      role: z.enum(['replica', 'database', 'generator']),
      instance: z.string(),
      pid: z.int(),
      atMs: z.number(),
      residentBytes: z.number(),
      cpuMs: z.number(),
      /** Through its read and write calls, whoever is at the other end; null where nobody tells. */
      callBytes: z.number().nonnegative().nullable(),
    }),
    /** What a replica can't do without, by its own word: before and after the loads, and with events under way. */
    z.object({
      type: z.literal('held'),
      when: z.enum(['before', 'after', 'under-way']),
      instance: z.string(),
      heldBytes: z.number().nonnegative(),
      /** As the system sees it then; null where nobody tells. */
      residentBytes: z.number().nullable(),
      /** Accepted so far, and those of them that were not finished. */
      events: z.int().nonnegative(),
      unfinished: z.int().nonnegative(),
    }),
  ]),
  /** `mesh` names the world, `fault` one of its faults. */
  'steps-evidenced': z.discriminatedUnion('type', [
    /** Every cycle of the world from this instant on follows, in the order in which they ended. */
    z.object({ type: z.literal('recorded'), mesh: z.string(), fromMs: z.number() }),
    HealingCycle.extend({ type: z.literal('cycle'), mesh: z.string() }),
    /** A node was down from the one instant to the other; others were seen to have links to it at its crash. */
    z.object({
      type: z.literal('crash'),
      mesh: z.string(),
      victim: z.string(),
      fromMs: z.number(),
      toMs: z.number(),
      neighbours: z.array(z.string()),
      /** How many nodes lived meanwhile. */
      living: z.int(),
      /** Links just before it and once the others were steady, `node>peer`, each end by itself. */
      linksBefore: z.array(z.string()),
      linksAfter: z.array(z.string()),
    }),
  ]),
  /** What was written on storage that lied, in the order of the answers, and what became of it. */
  'storage-believed': z.discriminatedUnion('type', [
    z.object({
      type: z.literal('written'),
      /** Job / update. */
      id: z.string(),
      /** `definite`: it did not happen; `indefinite`: it may have. */
      outcome: z.enum(['acknowledged', 'definite', 'indefinite']),
    }),
    /** What the target says of one id once storage is true again. */
    z.object({ type: z.literal('read'), id: z.string(), found: z.boolean() }),
    /** A lie that has struck, and what the target said of it while it was in force: its reasons, in its own words. */
    z.object({ type: z.literal('lie'), lie: z.string(), told: z.array(z.string()) }),
    /** What an answer counted while the lie was in force, and the least that it had to: what was acknowledged by then. */
    z.object({ type: z.literal('used'), lie: z.string(), counted: z.int(), acknowledged: z.int() }),
  ]),
  /** One workload as it was watched; Unix seconds on the clock by which the target counts validity. */
  'identity-held': z.object({
    /** Tells one watch from another: the seed of its scenario. */
    watch: z.string(),
    workload: z.string(),
    fromS: z.number(),
    toS: z.number(),
    /** What it was handed, and when: it is held until the next one comes. */
    svids: z.array(z.object({ atS: z.number(), notBeforeS: z.number(), notAfterS: z.number() })),
    /** Longest time without an SVID in force, outside the stretches in which nobody can be given one and may still lack it. */
    absentMaxS: z.number().nonnegative(),
    excused: z.array(z.object({ fromS: z.number(), toS: z.number() })),
  }),
  /** What was answered about a job at an instant of the suite's clock, by whichever coordinator that was. */
  'one-coordinator': z.object({
    job: z.string(),
    atMs: z.number(),
    version: z.int().nonnegative(),
    rounds: z.array(LearningRound.pick({ round: true, state: true, updatesAccepted: true, modelHashAfter: true })),
  }),
  'forged-refused': z.discriminatedUnion('type', [
    /** Something false that the suite said itself, and what came of it. */
    z.object({ type: z.literal('tried'), item: z.string(), outcome: z.enum(['accepted', 'refused', 'unanswered']) }),
    /**
     * Every beacon that was used on these links (`origin>receiver`) while one fault was read: its numbers as ranges, in the order
     * of their use, and by themselves those of beacons that say that they were scheduled at instant 0, as no genuine one does.
     */
    z.object({
      type: z.literal('used'),
      links: z.array(
        z.object({
          link: z.string(),
          ranges: z.array(z.tuple([z.number(), z.number()])),
          forged: z.array(z.number()),
        }),
      ),
    }),
  ]),
  'round-lineage': LearningRound.extend({ type: z.literal('round'), job: z.string() }),
} as const satisfies Record<CheckerName, z.ZodType>

export type HistoryItem<C extends CheckerName> = z.infer<(typeof historyItems)[C]>
