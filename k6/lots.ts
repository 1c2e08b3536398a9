/**
 * What a load draws by lot, from the run's seed. The target has the order of arrivals before its eyes: by that alone it
 * must not be able to tell where it is looked at.
 */
import crypto from 'k6/crypto'
import { environment } from './environment.ts'

/** A whole number from 0, below `below`: for one name always the same. */
export function lot(name: string, below: number): number {
  const digest = crypto.hmac('sha256', environment.seed(), name, 'hex')
  return Number.parseInt(digest.slice(0, 12), 16) % below
}

/** Whether the lot falls on this arrival: on one in each round of so many. */
export const isDrawn = (what: string, index: number, every: number): boolean =>
  index % every === lot(`${what} ${Math.floor(index / every)}`, every)
