/**
 * The verbs of `@kubernetes/client-node` that faults need, as its version 2 has them. The package is loaded when used: a run
 * without a cluster does without it.
 */
import { createRequire } from 'node:module'

type Request = { readonly setSignal: (signal: AbortSignal) => void }
/** What a request goes through before it is sent, and an answer before it is read. */
type Middleware = {
  readonly pre: (request: Request) => Promise<Request>
  readonly post: (answer: unknown) => Promise<unknown>
}
type Configuration = { readonly promiseMiddleware: readonly Middleware[]; readonly [part: string]: unknown }
type Api<T> = new (configuration: unknown) => T
type InNamespace = { readonly namespace: string }
type Named = InNamespace & { readonly name: string }
type Selected = InNamespace & { readonly labelSelector?: string }
type Bodied = { readonly body: unknown }

type CoreApi = {
  readonly readNamespace: (asked: { readonly name: string }) => Promise<unknown>
  readonly listNamespacedPod: (asked: Selected) => Promise<unknown>
  readonly deleteNamespacedPod: (asked: Named & Bodied) => Promise<unknown>
}
type NetworkingApi = {
  readonly listNamespacedNetworkPolicy: (asked: Selected) => Promise<unknown>
  readonly createNamespacedNetworkPolicy: (asked: InNamespace & Bodied) => Promise<unknown>
  /** A JSON patch (RFC 6902). */
  readonly patchNamespacedNetworkPolicy: (asked: Named & Bodied) => Promise<unknown>
  readonly deleteNamespacedNetworkPolicy: (asked: Named) => Promise<unknown>
}
type AuthorizationApi = { readonly createSelfSubjectAccessReview: (asked: Bodied) => Promise<unknown> }

export type KubeConfig = {
  readonly loadFromDefault: () => void
  readonly getContextObject: (name: string) => object | null
  readonly setCurrentContext: (name: string) => void
  readonly getCurrentCluster: () => { readonly server: string } | null
}
type Watch = {
  readonly watch: (
    path: string,
    query: Readonly<Record<string, string>>,
    onEvent: (type: string, object: unknown) => void,
    onEnd: () => void,
  ) => Promise<AbortController>
}
type Client = {
  readonly KubeConfig: new () => KubeConfig
  readonly CoreV1Api: Api<CoreApi>
  readonly NetworkingV1Api: Api<NetworkingApi>
  readonly AuthorizationV1Api: Api<AuthorizationApi>
  readonly ServerConfiguration: new (url: string, variables: object) => object
  readonly createConfiguration: (configuration: Configuration) => unknown
  readonly Watch: new (config: KubeConfig) => Watch
}

const loadClient = (): Client => createRequire(import.meta.url)('@kubernetes/client-node') as Client

export type KubernetesApis = {
  readonly server: string
  readonly core: CoreApi
  readonly networking: NetworkingApi
  readonly authorization: AuthorizationApi
  readonly watch: Watch
}

/** An API server that accepts a request and says nothing is as good as one that is gone. */
const answerWithinMs = 5_000
const bounded: Middleware = {
  pre: async (request) => {
    request.setSignal(AbortSignal.timeout(answerWithinMs))
    return request
  },
  post: async (answer) => answer,
}

/** The API server of this context of the user's kubeconfig. Throws for a context that is not there. */
export function apisOf(context: string): KubernetesApis {
  const client = loadClient()
  const config = new client.KubeConfig()
  config.loadFromDefault()
  config.setCurrentContext(context)
  const server = config.getContextObject(context) === null ? undefined : config.getCurrentCluster()?.server
  if (server === undefined)
    throw new Error(
      `No context ${context} with a cluster in the kubeconfig: \`kubectl config get-contexts\` shows what there is, and KUBECONFIG names another file.`,
    )
  const configuration = client.createConfiguration({
    baseServer: new client.ServerConfiguration(server, {}),
    authMethods: { default: config },
    promiseMiddleware: [bounded],
  })
  return {
    server,
    core: new client.CoreV1Api(configuration),
    networking: new client.NetworkingV1Api(configuration),
    authorization: new client.AuthorizationV1Api(configuration),
    watch: new client.Watch(config),
  }
}
