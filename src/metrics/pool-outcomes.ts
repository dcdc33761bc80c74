/** Latencies of the finished requests of each pool of a fleet: of the pool of the replica that wrote their last token. */
import { NO_REPLICA, type RequestRows } from '../record/run-record.ts';
import { isFinished, type RequestLatency, requestLatencyUs } from './latency.ts';
import { LatencyValues } from './latency-values.ts';

/** Milliseconds; null where no request of the pool finished. */
export interface PoolLatencies {
  finished: number;
  p50_ttft_ms: number | null;
  p99_ttft_ms: number | null;
  p50_e2el_ms: number | null;
  p99_e2el_ms: number | null;
}

type PoolValues = Record<Extract<RequestLatency, 'ttft' | 'e2el'>, LatencyValues>;

export class PoolOutcomes {
  private readonly poolOf: readonly number[];
  private readonly pools: readonly PoolValues[];

  /** `poolOf`: the place of each replica's pool. `mostExact`: values of a latency that are kept as they are, in all pools. */
  constructor(poolOf: readonly number[], mostExact: number) {
    this.poolOf = poolOf;
    const count = Math.max(...poolOf) + 1;
    const values = () => new LatencyValues(Math.floor(mostExact / count));
    this.pools = Array.from({ length: count }, () => ({ ttft: values(), e2el: values() }));
  }

  ended(requests: RequestRows, row: number): void {
    const replica = requests.replica[row]!;
    if (replica === NO_REPLICA || !isFinished(requests, row)) return;
    const { ttft, e2el } = this.pools[this.poolOf[replica]!]!;
    ttft.add(requestLatencyUs(requests, row, 'ttft'));
    e2el.add(requestLatencyUs(requests, row, 'e2el'));
  }

  /** By pool, once the run has ended. */
  get latencies(): PoolLatencies[] {
    return this.pools.map(({ ttft, e2el }) => {
      const [first, last] = [ttft.distribution(), e2el.distribution()];
      return {
        finished: e2el.count,
        p50_ttft_ms: milliseconds(first.quantile(0.5)),
        p99_ttft_ms: milliseconds(first.quantile(0.99)),
        p50_e2el_ms: milliseconds(last.quantile(0.5)),
        p99_e2el_ms: milliseconds(last.quantile(0.99)),
      };
    });
  }
}

function milliseconds(us: number | null): number | null {
  return us === null ? null : us / 1000;
}
