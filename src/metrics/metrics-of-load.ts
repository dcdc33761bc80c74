/** The metrics that are no latencies: what was served and how much, what the engines went through, what it cost. */

import { goodputShare } from './class-summary.ts';
import type { KeptRequests, Metric } from './metric-names.ts';
import { ratio } from './ratio.ts';

/** Told by the rows of requests too. */
const OF_REQUESTS: readonly Metric[] = [
  metric('goodput', 'goodput', 'share', 'more', {
    isOfSteadyState: true,
    ofSummary: ({ sim }) => sim.goodput_share,
    ofRequests: ({ outcomes }) => goodputShare(outcomes.all),
  }),
  metric('request_goodput', 'good requests', 'req/s', 'more', {
    isOfSteadyState: true,
    ofSummary: ({ request_goodput }) => request_goodput,
    ofRequests: (kept) => (kept.outcomes.all.hasLimits ? perSecond(kept, kept.outcomes.all.sums.good) : null),
  }),
  metric('request_throughput', 'requests', 'req/s', 'more', {
    ofSummary: ({ request_throughput }) => request_throughput,
    ofRequests: (kept) => perSecond(kept, kept.outcomes.all.sums.finished),
  }),
  metric('output_throughput', 'output tokens', 'tok/s', 'more', {
    ofSummary: ({ output_throughput }) => output_throughput,
    ofRequests: (kept) => perSecond(kept, kept.outcomes.all.sums.outputTokens),
  }),
  metric('total_token_throughput', 'all tokens', 'tok/s', 'more', {
    ofSummary: ({ total_token_throughput }) => total_token_throughput,
    ofRequests: (kept) => {
      const { promptTokens, outputTokens } = kept.outcomes.all.sums;
      return perSecond(kept, promptTokens + outputTokens);
    },
  }),
  metric('truncated', 'truncated', 'share', 'less', {
    ofSummary: ({ sim }) => sim.truncated_share,
    ofRequests: ({ outcomes: { all } }) => ratio(all.sums.finished - all.sums.complete, all.sums.finished),
  }),
  metric('without_answer', 'without answer', 'share', 'less', {
    ofSummary: ({ sim, completed }) => ratio(sim.requests_without_answer, completed),
    ofRequests: ({ outcomes: { all } }) => ratio(all.sums.withoutAnswer, all.sums.finished),
  }),
  metric('refused', 'refused', 'share', 'less', {
    ofSummary: ({ sim, num_prompts }) => ratio(sim.conservation.rejected, num_prompts),
    ofRequests: ({ outcomes: { all } }) => ratio(all.sums.ended.rejected, all.sums.arrived),
  }),
  metric('not_served', 'not served', 'share', 'less', {
    ofSummary: ({ failed, num_prompts }) => ratio(failed, num_prompts),
    ofRequests: ({ outcomes: { all } }) => ratio(all.sums.arrived - all.sums.finished, all.sums.arrived),
  }),
  metric('preemptions', 'preemptions', 'count', 'less', {
    ofSummary: ({ sim }) => sim.preemptions,
    ofRequests: ({ preemptions }) => preemptions,
  }),
];

/** Of whole runs only. */
const OF_RUNS: readonly Metric[] = [
  metric('prefix_cache_hit_rate', 'prefix cache hits', 'share', 'more', {
    ofSummary: ({ sim }) => sim.prefix_cache_hit_rate,
  }),
  metric('spec_decode_acceptance_length', 'tokens a verification', 'tokens', 'more', {
    ofSummary: ({ spec_decode_acceptance_length: length }) => length,
  }),
  metric('kv_cache_usage_mean', 'KV in use', 'share', null, { ofSummary: ({ sim }) => sim.kv_cache_usage_mean }),
  metric('kv_cache_usage_max', 'KV max', 'share', null, { ofSummary: ({ sim }) => sim.kv_cache_usage_max }),
  metric('num_requests_running_mean', 'running', 'count', null, {
    isOfSteadyState: true,
    ofSummary: ({ sim }) => sim.num_requests_running_mean,
  }),
  metric('num_requests_waiting_mean', 'waiting', 'count', 'less', {
    isOfSteadyState: true,
    ofSummary: ({ sim }) => sim.num_requests_waiting_mean,
  }),
  metric('busy_share', 'busy', 'share', null, { ofSummary: ({ sim }) => sim.busy_share }),
  metric('interruptions', 'interruptions', 'count', 'less', {
    ofSummary: ({ sim }) => sim.fleet?.interruptions ?? null,
  }),
  metric('requests_hit', 'requests hit', 'share', 'less', {
    ofSummary: ({ sim, num_prompts }) => (sim.fleet === null ? null : ratio(sim.fleet.requests_hit, num_prompts)),
  }),
  metric('usd_per_hour', '$ an hour', '$', 'less', { ofSummary: ({ sim }) => sim.money?.usd_per_hour ?? null }),
  metric('usd_per_million_output_tokens', '$ per million output tokens', '$', 'less', {
    ofSummary: ({ sim }) => sim.money?.usd_per_million_output_tokens ?? null,
  }),
  metric('usd_per_million_useful_tokens', '$ per million useful tokens', '$', 'less', {
    ofSummary: ({ sim }) => sim.money?.usd_per_million_useful_tokens ?? null,
  }),
  metric('usd_per_1000_good_requests', '$ per 1,000 good requests', '$', 'less', {
    isOfSteadyState: true,
    ofSummary: ({ sim }) => sim.money?.usd_per_1000_good_requests ?? null,
  }),
];

export const LOAD_METRICS: readonly Metric[] = [...OF_REQUESTS, ...OF_RUNS];

type Reading = Pick<Metric, 'ofSummary'> & Partial<Pick<Metric, 'ofRequests' | 'isOfSteadyState'>>;

function metric(
  name: string,
  label: string,
  unit: Metric['unit'],
  better: Metric['better'],
  { ofSummary, ofRequests = null, isOfSteadyState = false }: Reading,
): Metric {
  return { name, label, unit, better, isOfSteadyState, ofSummary, ofRequests, quantile: null };
}

function perSecond({ seconds }: KeptRequests, amount: number): number | null {
  return ratio(amount, seconds);
}
