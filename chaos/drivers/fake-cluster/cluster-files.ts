/** Fake: a user's kubeconfig for the fake API server, and a target that says that its nodes are pods there. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ControlPlane } from '../../../suites/contract/control.ts'
import { ok } from '../../../suites/contract/outcome.ts'
import { podsDetails } from '../../../suites/contract/pods.ts'
import type { Breakable } from '../label.ts'
import { fakeNamespace, fakeToken } from './api-server.ts'

export const fakeContext = 'fake'
export const fakePlace = { context: fakeContext, namespace: fakeNamespace }

/** Its current context is another one, where nobody answers. Answers its path. */
export function writeKubeconfig(folder: string, server: string, token = fakeToken): string {
  const file = join(folder, `config-${token}`)
  const cluster = (name: string, url: string) => ({
    name,
    cluster: { server: url, 'insecure-skip-tls-verify': true },
  })
  const context = (name: string, of: string) => ({ name, context: { cluster: of, user: 'tester' } })
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'nobody',
    clusters: [cluster('fake', server), cluster('nobody', 'http://127.0.0.1:1')],
    users: [{ name: 'tester', user: { token } }],
    contexts: [context(fakeContext, 'fake'), context('nobody', 'nobody')],
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}

export const fakeDetails = { [podsDetails.context]: fakeContext, [podsDetails.namespace]: fakeNamespace }

/** A driver asks it where its nodes are, and nothing more. */
export function fakeTarget(details: Readonly<Record<string, string>> = fakeDetails): Breakable {
  const described = { describe: async () => ok({ details }) }
  // It has one verb, and whoever asks for another one fails.
  return { description: { name: 'fake' }, faults: 'allowed', control: described as unknown as ControlPlane }
}
