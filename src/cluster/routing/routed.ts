/** What routers know: of replicas what a proxy counts or a metrics page tells, of requests what their text tells. */
import type { Request } from '../../workload/request.ts';

/** A replica as routers see it. */
export interface RoutedReplica {
  readonly id: number;
  /** Number of its pool. */
  readonly pool: number;
  /** Requests may be sent to it: it is believed to be up, and has room. */
  readonly isAccepting: boolean;
  /** Requests sent to it that have not ended. */
  readonly outstanding: number;
  /** Share of its KV cache in use, as vLLM reports it (`vllm:kv_cache_usage_perc`). */
  kvUsage(): number;
}

/** A request as routers see it. */
export interface RoutedRequest extends Pick<Request, 'id' | 'prompt' | 'promptTokens' | 'session'> {
  /** Output tokens it is expected to have; null: nobody guesses. */
  readonly expectedTokens: number | null;
}

export interface Routing {
  /** The replica for a request; null: none takes it, and it waits. `replicas` are all of the fleet, by id. */
  route(request: RoutedRequest, replicas: readonly RoutedReplica[]): RoutedReplica | null;
  /** The replica's caches are gone. */
  forget(replica: number): void;
}
