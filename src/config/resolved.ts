/**
 * What a study means once every default is applied: plain, JSON-serialisable data that the rooms below read and never
 * change. Names of engine settings are vLLM's (`EngineArgs`, `SchedulerConfig` and `CacheConfig` of version 0.33). The
 * id of a run is a hash of this data, so nothing that cannot change a result belongs here, except the notes.
 */
import type { Calibration } from '../catalog/calibration.ts';
import type { Gpu } from '../catalog/gpu.ts';
import type { MemoryPlan } from '../catalog/memory.ts';
import type { Model } from '../catalog/model.ts';
import type { ApiPrice, ServerOffer } from '../catalog/prices.ts';
import type { KvCacheDtype, Quantization } from '../catalog/quantization.ts';
import type { ClusterSettings, Pool } from './resolved-cluster.ts';
import type { StudyStatisticsSettings } from './resolved-statistics.ts';
import type { TuneSettings } from './resolved-tune.ts';
import type { SloBound, Workload } from './resolved-workload.ts';

export type * from './resolved-cluster.ts';
export type * from './resolved-statistics.ts';
export type * from './resolved-tune.ts';
export type * from './resolved-workload.ts';

/** The settings of one vLLM engine: vLLM's names, all resolved, none missing. */
export interface EngineSettings {
  /** Tokens of one KV cache block. */
  block_size: number;
  /** Blocks of the KV cache pool, the null block included. */
  num_gpu_blocks: number;
  /** Longest prompt plus output of one request, in tokens. */
  max_model_len: number;
  max_num_seqs: number;
  /** Admission stops at this many running requests; null: at `max_num_seqs`. */
  max_num_active_seqs: number | null;
  max_num_batched_tokens: number;
  max_num_scheduled_tokens: number;
  enable_chunked_prefill: boolean;
  /** Tokens of one prompt scheduled in one step at most; 0: no limit. */
  long_prefill_token_threshold: number;
  long_prefill_token_threshold_adaptive: boolean;
  enable_prefix_caching: boolean;
  scheduling_policy: 'fcfs' | 'priority';
  async_scheduling: boolean;
  /** Admit a request only when blocks for its whole prompt are free. */
  scheduler_reserve_full_isl: boolean;
  /** Share of the blocks kept free at admission, in [0, 1). */
  watermark: number;
  /** New prompts are admitted in every n-th step. */
  prefill_schedule_interval: number;
  /** Matters to sliding-window groups only; null: every full block is cached. */
  prefix_cache_retention_interval: number | null;
  /** The API server answers 503 when so many requests are in flight; null: never. */
  max_num_queued_reqs: number | null;
  /** The API server answers 503 when so many prompt tokens await prefill; null: never. */
  max_num_queued_tokens: number | null;
}

export type SpeculativeMethod = 'ngram' | 'draft_model' | 'eagle' | 'eagle3' | 'mtp';

/** How likely drafts are accepted; probabilities from 0 to 1. */
export type AcceptanceLaw =
  | { constant: number }
  /** Unconditional, one a draft. */
  | { rates: number[] }
  /** A constant for each request. */
  | { beta: { mean: number; concentration: number } }
  /** Runs: chance of the first draft outside one, of every draft inside; share of steps outside that propose. */
  | { markov: { start: number; stay: number; propose: number } };

/** The factor multiplies the chance of each draft once for every 1,000 output tokens. */
export type Acceptance = AcceptanceLaw & { factor_per_1k_tokens: number };

/** Speculative decoding. */
export interface Speculation {
  method: SpeculativeMethod;
  /** vLLM's `num_speculative_tokens`. */
  draft_tokens: number;
  /** Of the method draft_model; else null. */
  draft_model: {
    model: Model;
    /** The `config.json` that it was read from; null: it is the catalog's. */
    model_file: string | null;
    quantization: Quantization;
    tensor_parallel_size: number;
  } | null;
  acceptance: Acceptance;
}

/** How requests are spread over replicas. */
export type Router =
  | 'round_robin'
  | 'random'
  | 'least_outstanding'
  | 'least_kv_usage'
  | 'power_of_two'
  | 'prefix_aware'
  | 'session'
  | 'expected_length';

/** PCIe between GPUs without NVLink: through a switch, or through the host's memory. */
export type Interconnect = 'pcie_switch' | 'pcie_host';

/** How tokens spread over experts: by the power laws of the public kernel tables, or evenly. */
export type MoeRouting = 'power_law_1.01' | 'power_law_1.2' | 'balanced';

/** Where step times come from, and what comes on top of them. */
export interface LatencySettings {
  /** The engine's host work a step, whole microseconds. */
  step_overhead_us: number;
  /** The front end's work (HTTP, tokenizer) a request, whole microseconds. */
  front_end_us: number;
  moe_routing: MoeRouting;
  /** A folder of kernel times measured by the user; null: the published coefficients of the GPU. */
  profile: { path: string; sha256: string } | null;
  /** Fitted to measured runs; null: nothing is. */
  calibration: Calibration | null;
  /** Where `calibration` was read, relative to the study file. */
  calibration_file: string | null;
}

/** Replicas of one model on GPUs of one kind. */
export interface Deployment {
  vllm_version: string;
  model: Model;
  /** The `config.json` that the model was read from; null: it is the catalog's. */
  model_file: string | null;
  gpu: Gpu;
  replicas: number;
  router: Router;
  tensor_parallel_size: number;
  /** Stages that the layers are cut into. */
  pipeline_parallel_size: number;
  /** Engines of one server, each with its own scheduler and KV cache; those of a model with experts run in lock step. */
  data_parallel_size: number;
  /** Experts are spread over the tensor- and data-parallel ranks whole instead of being cut. */
  enable_expert_parallel: boolean;
  /** How the GPUs of a server talk; null: over the link of their data sheet. */
  interconnect: Interconnect | null;
  quantization: Quantization;
  kv_cache_dtype: KvCacheDtype;
  /** Share of the GPU's memory that vLLM may use, in (0, 1]. */
  gpu_memory_utilization: number;
  enforce_eager: boolean;
  /** Batch sizes, in tokens, that have a CUDA graph, ascending; empty when eager. */
  cudagraph_capture_sizes: number[];
  memory: MemoryPlan;
  engine: EngineSettings;
  /** null: without speculative decoding. */
  speculation: Speculation | null;
  latency: LatencySettings;
  notes: Notes;
}

/** What the reader of a result must know. */
export interface Notes {
  /** Settings that were given and change nothing here. */
  no_effect: string[];
  /** What a real deployment has and the simulation has not. */
  not_modelled: string[];
  /** Numbers that are estimated, not measured. */
  estimates: string[];
}

/** Of the run's GPUs, by their short names; one without a known price is not there. */
export interface Prices {
  gpus: Record<string, readonly ServerOffer[]>;
  /** The API to compare with; null: none. */
  api: ApiPrice | null;
}

export interface ResolvedRun {
  /** 12 hex digits: a hash of everything in the run but the notes. */
  run_id: string;
  seed: number;
  /** The swept settings of this run by their dotted path; empty without a sweep. */
  variant: Record<string, unknown>;
  /** Of a named variant; null where variants have no names. */
  variant_name: string | null;
  /** The variant in words: its name and what else is swept; empty without a sweep. */
  title: string;
  /** At least one. */
  pools: Pool[];
  /** Of the first pool. */
  deployment: Deployment;
  cluster: ClusterSettings;
  workload: Workload;
  slo: SloBound[];
  prices: Prices;
}

export interface ResolvedStudy extends StudyStatisticsSettings {
  name: string;
  question: string | null;
  /** Which file of requests is written beside each run's summary. */
  outputs: { requests: 'parquet' | 'csv' | 'none' };
  /** What `servesim tune` searches for; null: nothing. */
  tune: TuneSettings | null;
  runs: ResolvedRun[];
  /** Variants of a sweep whose server would not start, and why. */
  not_started: { variant: Record<string, unknown>; variant_name: string | null; title: string; reason: string }[];
}
