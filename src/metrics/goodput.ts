/**
 * Goodput: the requests that were served well, after DistServe (Zhong et al., OSDI 2024) as `vllm bench serve
 * --goodput` counts it: a finished request is good when each of its latencies is within its limit, and TPOT of an
 * output of one token counts as 0. The limits are those of the SLO whatever its statistic ("TTFT p99 at most 2 s"
 * asks 2 s of each request); with several bounds on one latency the widest judges, since a limit for the median is
 * meant to be exceeded by half of the requests. A request that ended before it answered has missed any TTFAT limit.
 * Other than for vLLM, which does not know what would have come, an answer that was cut short is never good.
 */
import type { RequestRows } from '../record/run-record.ts';
import { isComplete, type RequestLatency, requestLatencyUs } from './latency.ts';
import type { SloBound } from './slo.ts';

/** The limits that a single request is held to, microseconds. */
export type RequestLimits = ReadonlyMap<RequestLatency, number>;

/** Null where no bound can be asked of a single request: no SLO, or one on the pooled inter-token latency alone. */
export function requestLimits(bounds: readonly SloBound[]): RequestLimits | null {
  const limitsUs = new Map<RequestLatency, number>();
  for (const { metric, limit_us } of bounds) {
    if (metric !== 'itl') limitsUs.set(metric, Math.max(limit_us, limitsUs.get(metric) ?? 0));
  }
  return limitsUs.size === 0 ? null : limitsUs;
}

/** Without limits a request is good that has got its whole answer. */
export function isGood(requests: RequestRows, row: number, limitsUs: RequestLimits | null): boolean {
  return isComplete(requests, row) && (limitsUs === null || isWithin(requests, row, limitsUs));
}

function isWithin(requests: RequestRows, row: number, limitsUs: RequestLimits): boolean {
  for (const [metric, limitUs] of limitsUs) {
    const oneToken = metric === 'tpot' && requests.outputTokens[row]! <= 1;
    const latencyUs = oneToken ? 0 : requestLatencyUs(requests, row, metric);
    // NaN is not within any limit: the token in question never came.
    if (!(latencyUs <= limitUs)) return false;
  }
  return true;
}
