/**
 * The numbers of one run that people compare. The top level has the names, units and definitions of the JSON that
 * `vllm bench serve --save-result` writes (vllm/benchmarks/serve.py, 0.33), so that existing scripts read it; what
 * only a simulator knows is in `sim`. vLLM's `date` is left out, since the same study and seed must give the same
 * bytes; so are `rtfx` (audio) and the `ramp_up_*` fields (nothing ramps). Where nothing was measured vLLM writes 0,
 * we write null.
 */
import type { Conservation, RunRecord } from '../record/run-record.ts';
import { type Distribution, distributionOf } from './distribution.ts';
import { type Goodput, goodput } from './goodput.ts';
import { latencyDistributions, ofFinished, queueTimeUs } from './latency.ts';
import { type OverTime, overTime } from './over-time.ts';
import { type FinishedSums, spanUs, sumFinished } from './request-sums.ts';
import { judgeSlo, type SloBound, type SloVerdict, sloMet } from './slo.ts';

const STATISTICS = ['mean', 'median', 'std', 'p50', 'p90', 'p95', 'p99'] as const;
export type Statistic = (typeof STATISTICS)[number];
/** `mean_ttft_ms` … `p99_ttft_ms`: milliseconds, null where no request has that latency. */
export type LatencyFields<Metric extends string> = Record<`${Statistic}_${Metric}_ms`, number | null>;

/** What the record does not know about its run. */
export interface SummaryContext {
  runId: string;
  seed: number;
  servesimVersion: string;
  vllmVersion: string;
  /** As passed to `vllm serve`. */
  modelId: string;
  label: string | null;
  /** Requests/s asked for; null: the trace's own times. */
  requestRate: number | 'inf' | null;
  /** Shape of the gamma-distributed gaps, 1 = Poisson; null where arrivals follow another law. */
  burstiness: number | null;
  maxConcurrency: number | null;
  /** GPUs of all replicas. */
  gpus: number;
  slo: readonly SloBound[];
}

/** Everything below `sim`. Shares from 0 to 1. */
export interface SimSummary extends LatencyFields<'ttfat'>, LatencyFields<'queue_time'>, OverTime {
  servesim_version: string;
  vllm_version: string;
  run_id: string;
  seed: number;
  replicas: number;
  gpus: number;
  /** From time 0 to the last event. */
  simulated_s: number;
  conservation: {
    arrived: number;
    finished: number;
    rejected: number;
    aborted: number;
    waiting: number;
    running: number;
    kv_blocks_in_use: number;
  };
  /** Why the queue can never move again, as vLLM would hang; null in a sound run. */
  stuck: string | null;
  total_thinking_tokens: number;
  /** Finished requests that ended inside their thinking phase, without a token of answer. */
  requests_without_answer: number;
  preemptions: number;
  preempted_requests: number;
  /** Share of looked-up prompt tokens found in the prefix cache; null where nothing was looked up. */
  prefix_cache_hit_rate: number | null;
  steps: number;
  /** Mean tokens scheduled in a step. */
  tokens_per_step: number | null;
  /** Share of the replicas' time in which a step was executing. */
  busy_share: number | null;
  /** Finished requests whose latencies are all within the limits, as a share of all that arrived; null without SLO. */
  goodput_share: number | null;
  slo_met: boolean | null;
  slo: SloVerdict[];
}

/** The content of `summary.json`. */
export interface Summary
  extends LatencyFields<'ttft'>,
    LatencyFields<'tpot'>,
    LatencyFields<'itl'>,
    LatencyFields<'e2el'> {
  endpoint_type: 'servesim';
  backend: 'servesim';
  label: string | null;
  model_id: string;
  tokenizer_id: string;
  num_prompts: number;
  request_rate: number | 'inf' | null;
  burstiness: number | null;
  max_concurrency: number | null;
  /** Seconds from the first arrival to the last token. */
  duration: number;
  completed: number;
  /** Rejected or aborted, or still unfinished when the run ended. */
  failed: number;
  total_input_tokens: number;
  total_output_tokens: number;
  /** Finished requests per second of `duration`; this and the next ones null where `duration` is 0. */
  request_throughput: number | null;
  request_goodput: number | null;
  output_throughput: number | null;
  total_token_throughput: number | null;
  /** Most output tokens in one whole second of simulated time; null where the timeline is coarser than that. */
  max_output_tokens_per_s: number | null;
  max_concurrent_requests: number;
  sim: SimSummary;
}

/** Measures a run. */
export function summarize(record: RunRecord, context: SummaryContext): Summary {
  const { requests, totals } = record;
  const latencies = latencyDistributions(record);
  const sums = sumFinished(requests);
  const good = goodput(requests, context.slo);
  const series = overTime(record.timeline, totals.endUs);
  return {
    ...header(requests.count, context),
    ...totalFields(requests.count, sums, spanUs(requests) / 1e6, good),
    max_output_tokens_per_s: series.maxOutputTokensPerS,
    max_concurrent_requests: totals.peakConcurrency,
    ...latencyFields('ttft', latencies.ttft),
    ...latencyFields('tpot', latencies.tpot),
    ...latencyFields('itl', latencies.itl),
    ...latencyFields('e2el', latencies.e2el),
    sim: {
      ...identity(record, context),
      ...latencyFields('ttfat', latencies.ttfat),
      ...latencyFields('queue_time', distributionOf(ofFinished(requests, (row) => queueTimeUs(requests, row)))),
      ...series.fields,
      ...work(record, sums),
      ...judgement(
        good,
        requests.count,
        judgeSlo(context.slo, (metric) => latencies[metric]),
      ),
    },
  };
}

function header(requests: number, context: SummaryContext) {
  return {
    endpoint_type: 'servesim',
    backend: 'servesim',
    label: context.label,
    model_id: context.modelId,
    tokenizer_id: context.modelId,
    num_prompts: requests,
    request_rate: context.requestRate,
    burstiness: context.burstiness,
    max_concurrency: context.maxConcurrency,
  } as const;
}

function totalFields(requests: number, sums: FinishedSums, durationS: number, good: Goodput | null) {
  const perSecond = (amount: number) => (durationS > 0 ? amount / durationS : null);
  return {
    duration: durationS,
    completed: sums.finished,
    failed: requests - sums.finished,
    total_input_tokens: sums.promptTokens,
    total_output_tokens: sums.outputTokens,
    request_throughput: perSecond(sums.finished),
    request_goodput: good === null ? null : perSecond(good.requests),
    output_throughput: perSecond(sums.outputTokens),
    total_token_throughput: perSecond(sums.promptTokens + sums.outputTokens),
  };
}

function latencyFields<Metric extends string>(metric: Metric, distribution: Distribution): LatencyFields<Metric> {
  const toMs = (us: number | null) => (us === null ? null : us / 1000);
  const values: Record<Statistic, number | null> = {
    mean: toMs(distribution.mean),
    median: toMs(distribution.quantile(0.5)),
    std: toMs(distribution.std),
    p50: toMs(distribution.quantile(0.5)),
    p90: toMs(distribution.quantile(0.9)),
    p95: toMs(distribution.quantile(0.95)),
    p99: toMs(distribution.quantile(0.99)),
  };
  return Object.fromEntries(
    STATISTICS.map((statistic) => [`${statistic}_${metric}_ms`, values[statistic]]),
  ) as LatencyFields<Metric>;
}

function identity({ totals }: RunRecord, context: SummaryContext) {
  return {
    servesim_version: context.servesimVersion,
    vllm_version: context.vllmVersion,
    run_id: context.runId,
    seed: context.seed,
    replicas: totals.replicas,
    gpus: context.gpus,
    simulated_s: totals.endUs / 1e6,
    conservation: conservationFields(totals.conservation),
    stuck: totals.stuck,
  };
}

function conservationFields({ blocksInUse, ...requests }: Conservation): SimSummary['conservation'] {
  const { arrived, finished, rejected, aborted, waiting, running } = requests;
  return { arrived, finished, rejected, aborted, waiting, running, kv_blocks_in_use: blocksInUse };
}

function work({ totals }: RunRecord, sums: FinishedSums) {
  return {
    total_thinking_tokens: sums.thinkingTokens,
    requests_without_answer: sums.withoutAnswer,
    preemptions: totals.preemptions,
    preempted_requests: sums.preempted,
    prefix_cache_hit_rate: totals.prefixQueryTokens === 0 ? null : totals.prefixHitTokens / totals.prefixQueryTokens,
    steps: totals.steps,
    tokens_per_step: totals.steps === 0 ? null : totals.scheduledTokens / totals.steps,
    busy_share: totals.endUs === 0 ? null : totals.busyUs / (totals.endUs * totals.replicas),
  };
}

function judgement(good: Goodput | null, arrived: number, slo: SloVerdict[]) {
  return {
    goodput_share: good === null || arrived === 0 ? null : good.requests / arrived,
    slo_met: sloMet(slo),
    slo,
  };
}
