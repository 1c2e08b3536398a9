/**
 * What the callers of a service notice when one of its pods goes away: requests go on at a constant
 * rate while a pod is terminated, and `event-errors` says how many of all of them must be answered.
 * To be run by the k6 of this folder, as its README says.
 */
import { check } from 'k6'
import http from 'k6/http'
import exec from 'k6/execution'
import { Counter } from 'k6/metrics'
import { ServiceDisruptor } from 'k6/x/disruptor'
import { sla } from '../../sla.config.ts'

const seconds = 60
const ratePerS = 20
const patienceS = 5
/** By then the load has shown how the service answers when nothing is wrong. */
const breakAtS = 20

const struck = new Counter('pods_struck')

const named = (name: string): string => {
  const value = __ENV[name]
  if (value === undefined || value === '') throw new Error(`Give ${name}: k6 run -e ${name}=…`)
  return value
}
const disruptor = new ServiceDisruptor(named('SERVICE'), named('NAMESPACE'))
const url = named('URL')

export const options = {
  scenarios: {
    callers: {
      executor: 'constant-arrival-rate',
      rate: ratePerS,
      duration: `${seconds}s`,
      preAllocatedVUs: ratePerS * patienceS,
      exec: 'callers',
    },
    // A scenario and a VU of its own: a fault blocks whoever asks for it.
    fault: { executor: 'shared-iterations', startTime: `${breakAtS}s`, maxDuration: `${seconds}s`, exec: 'fault' },
  },
  thresholds: {
    checks: [`rate>=${sla.objectives['event-errors'].target}`],
    // k6 lets a threshold without samples pass: nobody asked, or nothing struck, is no success.
    http_reqs: [`count>=${seconds * ratePerS}`],
    dropped_iterations: ['count==0'],
    [struck.name]: ['count>=1'],
  },
}

export function callers(): void {
  check(http.get(url, { timeout: `${patienceS}s` }), { answered: ({ status }) => status === 200 })
}

/** An exception would end one iteration, and k6 would end well. */
export function fault(): void {
  try {
    const pods = disruptor.terminatePods({ count: 1, timeout: '60s' })
    for (const pod of pods) struck.add(1, { pod })
  } catch (error) {
    exec.test.abort(String(error))
  }
}
