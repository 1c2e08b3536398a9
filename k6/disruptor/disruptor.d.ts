/** Types of the extension of our second k6; its Go source is in this folder. Every verb throws what to do when it can't. */
declare module 'k6/x/disruptor' {
  export interface PodAttributes {
    readonly labels?: Readonly<Record<string, string>>
  }
  /** A namespace or labels at least; without a namespace, `default`. */
  export interface PodSelector {
    readonly namespace?: string
    readonly select?: PodAttributes
    readonly exclude?: PodAttributes
  }
  export interface DisruptorOptions {
    /** How long an agent may take to start in a pod, with its unit: `'30s'` if it is left out. */
    readonly injectTimeout?: string
  }
  export interface InjectionOptions {
    /** Port of the pod on which the agent listens: 8000 if it is left out. */
    readonly proxyPort?: number
  }

  interface ProtocolFault {
    /** By number or name: the pods' own for a PodDisruptor, 80 if it is left out; the service's for a ServiceDisruptor. */
    readonly port?: number | string
    /** With its unit, in whole milliseconds: `'150ms'`. */
    readonly averageDelay?: string
    readonly delayVariation?: string
    /** Share of the requests that fail, 0 to 1. */
    readonly errorRate?: number
    /** What no fault touches, by commas: paths of HTTP, services of gRPC. */
    readonly exclude?: string
  }
  export interface HTTPFault extends ProtocolFault {
    /** Status of failing requests, 100 to 599. */
    readonly errorCode?: number
    readonly errorBody?: string
  }
  export interface GrpcFault extends ProtocolFault {
    /** Status of failing calls, 1 to 16. */
    readonly statusCode?: number
    readonly statusMessage?: string
  }
  /** Drops all that comes in, or what comes in by a port or protocol. */
  export interface NetworkFault {
    readonly port?: number
    readonly protocol?: 'tcp' | 'udp' | 'icmp'
  }
  export interface PodTermination {
    /** A number from 1, or a share from `'1%'` to `'100%'`; the first pods by name. */
    readonly count: number | string
    /** How long they may take to be gone: `'10s'` if it is left out, which is less than a pod's usual 30 s of grace. */
    readonly timeout?: string
  }

  /** A fault that was held from its beginning to its end. */
  export interface Held {
    readonly pods: string[]
    /** When the last agent was told to begin, and the first was done: as `Date.now()`, by this machine's clock. */
    readonly startedAtMs: number
    readonly endedAtMs: number
  }

  interface Disruptor {
    /** Names of the pods that a fault would strike now. */
    targets(): string[]
    /** Blocks this VU for as long as the fault lasts, at least `'1s'`, and until its agents are there. */
    injectHTTPFaults(fault: HTTPFault, duration: string, options?: InjectionOptions): Held
    injectGrpcFaults(fault: GrpcFault, duration: string, options?: InjectionOptions): Held
    /** Deletes pods gracefully and blocks until they are gone; their names. */
    terminatePods(fault: PodTermination): string[]
  }
  export class PodDisruptor implements Disruptor {
    constructor(selector: PodSelector, options?: DisruptorOptions)
    targets(): string[]
    injectHTTPFaults(fault: HTTPFault, duration: string, options?: InjectionOptions): Held
    injectGrpcFaults(fault: GrpcFault, duration: string, options?: InjectionOptions): Held
    injectNetworkFaults(fault: NetworkFault, duration: string): Held
    terminatePods(fault: PodTermination): string[]
  }
  export class ServiceDisruptor implements Disruptor {
    constructor(service: string, namespace: string, options?: DisruptorOptions)
    targets(): string[]
    injectHTTPFaults(fault: HTTPFault, duration: string, options?: InjectionOptions): Held
    injectGrpcFaults(fault: GrpcFault, duration: string, options?: InjectionOptions): Held
    terminatePods(fault: PodTermination): string[]
  }
}
