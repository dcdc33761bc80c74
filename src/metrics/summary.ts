/**
 * The numbers of one run that people compare. The top level has the names, units and definitions of the JSON that
 * `vllm bench serve --save-result` writes (vllm/benchmarks/serve.py, 0.33), so that existing scripts read it; what
 * only a simulator knows is in `sim`. vLLM's `date` is left out, since the same study and seed must give the same
 * bytes; so are `rtfx` (audio) and the `ramp_up_*` fields (nothing ramps). Where nothing was measured vLLM writes 0,
 * we write null.
 */
import type { FleetRecord } from '../record/fleet-recorder.ts';
import type { Conservation, RunRecord } from '../record/run-record.ts';
import { type ArrivalWindow, arrivalWindow, type Overload, overload } from './arrival-window.ts';
import type { OutcomeSums } from './class-outcomes.ts';
import { type ClassSummary, classSummaries, type Endings, endings, goodputShare, judgement } from './class-summary.ts';
import { type Distribution, distributionOfHistogram } from './distribution.ts';
import { type FleetSummary, fleetSummary } from './fleet-summary.ts';
import { type LatencyFields, latencyFields } from './latency-fields.ts';
import { type GpuUsage, type MoneySummary, money, type TokenPrices } from './money.ts';
import type { OutcomeGroup, Outcomes } from './outcomes.ts';
import { type OverTime, overTime } from './over-time.ts';
import { type SloVerdict, sloMet } from './slo.ts';
import { type SpeculationFields, speculationFields } from './speculation.ts';

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
  /** Where step times come from. */
  stepTimes: StepTimesSource;
  /** What its replicas went through; null: nothing could happen to them. Left out: the same. */
  fleet?: FleetRecord | null;
  /** GPU-hours with their prices, and the API to compare with. Left out, no price is known. */
  paid?: { readonly usage: readonly GpuUsage[]; readonly api: TokenPrices | null };
}

/** Kernel times as published for the GPU, scaled from another GPU, or a profile; corrected by a calibration; or a fitted step model. */
export type StepTimesSource =
  | 'published'
  | 'scaled'
  | 'profile'
  | 'calibrated published'
  | 'calibrated scaled'
  | 'calibrated profile'
  | 'step model'
  /** Pools differ in it. */
  | 'several';

/** Everything below `sim`. Shares from 0 to 1. */
export interface SimSummary extends LatencyFields<'ttfat'>, LatencyFields<'queue_time'>, OverTime, Endings {
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
    timed_out: number;
    lost: number;
    waiting: number;
    running: number;
    kv_blocks_in_use: number;
  };
  /** Rejected because the prompt does not fit `max_model_len`; null where that is not known. */
  rejected_prompt_too_long: number | null;
  /** Why the queue can never move again, as vLLM would hang; null in a sound run. */
  stuck: string | null;
  /** While requests still arrived, without the tail in which the last ones finish; null if all came at once. */
  arrival_window: ArrivalWindow | null;
  /** Null where the deployment keeps up with its load. */
  overload: Overload | null;
  /** Most requests under way at one moment, refused ones included. */
  peak_concurrency: number;
  total_thinking_tokens: number;
  preemptions: number;
  preempted_requests: number;
  /** Share of looked-up prompt tokens found in the prefix cache; null where nothing was looked up. */
  prefix_cache_hit_rate: number | null;
  steps: number;
  /** Steps for which the scheduler went through its batch; in the others those that ran went on decoding, and nobody came. */
  steps_walked: number;
  /** Mean tokens scheduled in a step. */
  tokens_per_step: number | null;
  /** Share of the replicas' time in which a step was executing. */
  busy_share: number | null;
  /** Complete answers whose latencies are all within the limits, as a share of all that arrived; null without SLO. */
  goodput_share: number | null;
  slo_met: boolean | null;
  /** The study's bounds, over all requests but those of classes with bounds of their own, and the bounds of these. */
  slo: SloVerdict[];
  /** By class, in the order of the study; empty without classes. */
  classes: ClassSummary[];
  step_times: StepTimesSource;
  /** Null where the price of a GPU is not known. */
  money: MoneySummary | null;
  /** Null where there is one pool of replicas that are never lost and never scaled. */
  fleet: FleetSummary | null;
}

/** The content of `summary.json`. */
export interface Summary
  extends SpeculationFields,
    LatencyFields<'ttft'>,
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
  /** Seconds from the first arrival, where the clock starts, to the last token of any request. */
  duration: number;
  completed: number;
  /** Rejected, aborted, timed out or lost, or still unfinished when the run ended. */
  failed: number;
  total_input_tokens: number;
  total_output_tokens: number;
  /** Finished requests per second of `duration`; this and the next ones null where `duration` is 0. */
  request_throughput: number | null;
  request_goodput: number | null;
  output_throughput: number | null;
  total_token_throughput: number | null;
  /** Most output tokens in one whole second, counted from the first arrival that was accepted. */
  max_output_tokens_per_s: number;
  /** Most requests that are active in one whole second; `sim.peak_concurrency` has the most at one moment. */
  max_concurrent_requests: number;
  sim: SimSummary;
}

/** Measures a run. `outcomes` was told of each of its requests. */
export function summarize(record: RunRecord, outcomes: Outcomes, context: SummaryContext): Summary {
  const { totals } = record;
  const { all } = outcomes;
  const { latencies } = all;
  const itl = distributionOfHistogram(record.interTokenUs);
  return {
    ...header(totals.conservation.arrived, context),
    ...totalFields(totals.conservation.arrived, all, spanUs(record) / 1e6),
    max_output_tokens_per_s: totals.maxOutputTokensPerS,
    max_concurrent_requests: totals.mostActiveInOneSecond,
    ...latencyFields('ttft', latencies.ttft),
    ...latencyFields('tpot', latencies.tpot),
    ...latencyFields('itl', itl),
    ...latencyFields('e2el', latencies.e2el),
    ...speculationFields(totals.drafts),
    sim: {
      ...identity(record, outcomes, context),
      ...latencyFields('ttfat', latencies.ttfat),
      ...latencyFields('queue_time', latencies.queue_time),
      ...overTime(record.timeline, totals.endUs),
      ...work(record, all.sums),
      ...endings(all.sums),
      ...judged(outcomes, itl),
      step_times: context.stepTimes,
      money: moneyOf(record, all, context),
      fleet: context.fleet == null ? null : fleetSummary(context.fleet, totals.endUs, outcomes.ofPools),
    },
  };
}

function moneyOf({ totals }: RunRecord, { sums, hasLimits }: OutcomeGroup, { paid }: SummaryContext) {
  if (paid === undefined) return null;
  const work = {
    hours: totals.endUs / 3.6e9,
    inputTokens: sums.promptTokens,
    outputTokens: sums.outputTokens,
    usefulOutputTokens: sums.usefulOutputTokens,
    finishedRequests: sums.finished,
    goodRequests: hasLimits ? sums.good : null,
  };
  return money(paid.usage, work, paid.api);
}

/** From the first arrival to the last token of any request, microseconds; 0 where there was none. */
function spanUs({ totals }: RunRecord): number {
  const { firstArrivalUs, lastTokenUs } = totals.span;
  return Number.isNaN(lastTokenUs) ? 0 : lastTokenUs - firstArrivalUs;
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

function totalFields(requests: number, { sums, hasLimits }: OutcomeGroup, durationS: number) {
  const perSecond = (amount: number) => (durationS > 0 ? amount / durationS : null);
  return {
    duration: durationS,
    completed: sums.finished,
    failed: requests - sums.finished,
    total_input_tokens: sums.promptTokens,
    total_output_tokens: sums.outputTokens,
    request_throughput: perSecond(sums.finished),
    request_goodput: hasLimits ? perSecond(sums.good) : null,
    output_throughput: perSecond(sums.outputTokens),
    total_token_throughput: perSecond(sums.promptTokens + sums.outputTokens),
  };
}

function identity(record: RunRecord, outcomes: Outcomes, context: SummaryContext) {
  const { totals } = record;
  return {
    servesim_version: context.servesimVersion,
    vllm_version: context.vllmVersion,
    run_id: context.runId,
    seed: context.seed,
    replicas: totals.replicas,
    gpus: context.gpus,
    simulated_s: totals.endUs / 1e6,
    conservation: conservationFields(totals.conservation),
    rejected_prompt_too_long: outcomes.knowsLimits ? outcomes.all.sums.promptTooLong : null,
    stuck: totals.stuck,
    arrival_window: arrivalWindow(record),
    overload: overload(record),
    peak_concurrency: totals.peakConcurrency,
  };
}

function conservationFields({ blocksInUse, ...requests }: Conservation): SimSummary['conservation'] {
  const { arrived, finished, rejected, aborted, timedOut: timed_out, lost, waiting, running } = requests;
  return { arrived, finished, rejected, aborted, timed_out, lost, waiting, running, kv_blocks_in_use: blocksInUse };
}

function work({ totals }: RunRecord, sums: OutcomeSums) {
  return {
    total_thinking_tokens: sums.thinkingTokens,
    preemptions: totals.preemptions,
    preempted_requests: totals.preemptedRequests,
    prefix_cache_hit_rate: totals.prefixQueryTokens === 0 ? null : totals.prefixHitTokens / totals.prefixQueryTokens,
    steps: totals.steps,
    steps_walked: totals.steps - totals.stepsRunAhead,
    tokens_per_step: totals.steps === 0 ? null : totals.scheduledTokens / totals.steps,
    busy_share: totals.coreUs === 0 ? null : totals.busyUs / totals.coreUs,
  };
}

function judged(outcomes: Outcomes, itl: Distribution) {
  const classes = classSummaries(outcomes, itl);
  const ofStudy = judgement(outcomes.judgedByStudy, outcomes.slo, itl).slo;
  const ofClasses = classes.flatMap(({ name, slo: bounds }, index) =>
    outcomes.hasOwnSlo(index) ? bounds.map((bound) => ({ ...bound, class: name })) : [],
  );
  const slo = [...ofStudy, ...ofClasses];
  return { goodput_share: goodputShare(outcomes.all), slo_met: sloMet(slo), slo, classes };
}
