/**
 * Goodput: the requests that were served well, after DistServe (Zhong et al., OSDI 2024) as `vllm bench serve
 * --goodput` counts it: a finished request is good when each of its latencies is within its limit, and TPOT of an
 * output of one token counts as 0. The limits are those of the SLO whatever its statistic ("TTFT p99 at most 2 s"
 * asks 2 s of each request); with several bounds on one latency the widest judges, since a limit for the median is
 * meant to be exceeded by half of the requests. A request that ended before it answered has missed any TTFAT limit.
 */
import type { RequestTable } from '../record/run-record.ts';
import { isFinished, type RequestLatency, requestLatencyUs } from './latency.ts';
import type { SloBound } from './slo.ts';

export interface Goodput {
  /** Good requests. */
  readonly requests: number;
  /** The limits they were held to, microseconds. */
  readonly limitsUs: ReadonlyMap<RequestLatency, number>;
}

/** Null where no bound can be asked of a single request: no SLO, or one on the pooled inter-token latency alone. */
export function goodput(requests: RequestTable, bounds: readonly SloBound[]): Goodput | null {
  const limitsUs = new Map<RequestLatency, number>();
  for (const { metric, limit_us } of bounds) {
    if (metric !== 'itl') limitsUs.set(metric, Math.max(limit_us, limitsUs.get(metric) ?? 0));
  }
  if (limitsUs.size === 0) return null;
  let good = 0;
  for (let row = 0; row < requests.count; row++) {
    if (isFinished(requests, row) && isWithin(requests, row, limitsUs)) good++;
  }
  return { requests: good, limitsUs };
}

function isWithin(requests: RequestTable, row: number, limitsUs: ReadonlyMap<RequestLatency, number>): boolean {
  for (const [metric, limitUs] of limitsUs) {
    const oneToken = metric === 'tpot' && requests.outputTokens[row]! <= 1;
    const latencyUs = oneToken ? 0 : requestLatencyUs(requests, row, metric);
    // NaN is not within any limit: the token in question never came.
    if (!(latencyUs <= limitUs)) return false;
  }
  return true;
}
