/**
 * Public serving points: mean latencies of closed-loop benchmarks by model, GPUs and concurrency
 * (github.com/ai-dynamo/aiconfigurator and the public InferenceMAX results). Each is simulated at its concurrency, with
 * lengths drawn as its benchmark drew them.
 */
import { readFileSync } from 'node:fs';
import type { Quantization } from '../../src/catalog/quantization.ts';
import { InputError } from '../../src/core/input-error.ts';
import { catalog, type MeanLatencies, meanLatencies, resolved, simulated } from './simulate.ts';

export interface ServingPoint {
  readonly id: string;
  readonly source: string;
  readonly engine: string;
  readonly model: string;
  readonly checkpoint: string;
  readonly gpu: string;
  readonly n_gpus: number;
  readonly tp: number;
  readonly dp_attention: number;
  readonly ep: number;
  readonly pp?: number;
  readonly weights: string;
  readonly concurrency?: number;
  readonly isl: number;
  readonly osl: number;
  readonly mean_ttft_ms: number;
  readonly mean_tpot_ms: number;
  readonly length_jitter?: string | null;
  readonly flag?: string | null;
}

export interface PointResult {
  readonly point: ServingPoint;
  readonly simulated: MeanLatencies;
  /** With no time beyond the kernels, milliseconds. */
  readonly kernelsOnlyTpotMs: number;
}

export function readServingPoints(file: string): ServingPoint[] {
  return (JSON.parse(readFileSync(file, 'utf8')) as { points: ServingPoint[] }).points;
}

/** Why a point is no test of step times; null if it is one. */
export function whyLeftOut(point: ServingPoint): string | null {
  if (point.engine !== 'vllm') return 'another engine than vLLM';
  if (point.concurrency === undefined) return 'not a closed loop';
  if (point.weights === 'unknown') return 'unknown precision';
  if (point.length_jitter !== 'uniform 0.8-1.0') return 'unknown lengths';
  if (point.flag != null) return 'requests queued at an unknown limit';
  if ((point.pp ?? 1) > 1) return 'pipeline parallel';
  if (isParallel(point)) return point.n_gpus > 8 ? 'expert or data parallel over more than 8 GPUs' : null;
  if (point.n_gpus !== point.tp) return 'several replicas';
  return null;
}

/** Experts or requests are spread over ranks; scored apart. */
export function isParallel({ ep, dp_attention }: ServingPoint): boolean {
  return ep > 1 || dp_attention > 1;
}

/** The same deployment at the same load, whoever measured it. */
export function configurationOf(point: ServingPoint): string {
  const { engine, model, gpu, tp, ep, dp_attention, weights, isl, osl, concurrency } = point;
  return [engine, model, gpu, tp, ep, dp_attention, weights, isl, osl, concurrency].join(' ');
}

const PRECISIONS: Readonly<Record<string, Quantization | null>> = {
  bf16: null,
  fp8: 'fp8',
  nvfp4: 'nvfp4',
  int4: 'int4',
  'mxfp4 weights (native checkpoint)': null,
};

/** Requests of a benchmark, in multiples of its concurrency (InferenceMAX sends ten). */
const ROUNDS = 10;

/** Simulates a point as its benchmark ran it. */
export async function replayPoint(point: ServingPoint): Promise<PointResult> {
  const { isl, osl, concurrency = 1 } = point;
  const deployment = {
    ...modelInPrecision(point),
    gpu: point.gpu,
    tensor_parallel_size: point.tp,
    data_parallel_size: point.dp_attention,
    enable_expert_parallel: point.ep > 1,
    max_model_len: isl + osl + 256,
    max_num_seqs: Math.max(concurrency, 1),
    max_num_batched_tokens: 8192,
  };
  const workload = {
    synthetic: {
      base_rate: 1,
      lengths: {
        input: { uniform: { min: Math.round(0.8 * isl), max: isl } },
        output: { uniform: { min: Math.round(0.8 * osl), max: osl } },
      },
    },
    max_concurrency: concurrency,
    num_requests: ROUNDS * concurrency,
    ignore_eos: true,
  };
  const run = withEnoughMemory(deployment, workload);
  const result = await simulated(run);
  const kernelsOnly = withEnoughMemory({ ...deployment, latency: { step_overhead: 0 } }, workload);
  return {
    point,
    simulated: meanLatencies(result),
    kernelsOnlyTpotMs: meanLatencies(await simulated(kernelsOnly)).tpotMs,
  };
}

/** The published checkpoint of that precision, else the model, quantised while it is loaded. */
function modelInPrecision({ model, weights }: ServingPoint): { model: string; quantization?: string } {
  const quantization = PRECISIONS[weights];
  if (quantization == null) return { model };
  const known = catalog.model(model)!;
  const checkpoint = known.quantizedAliases[quantization]?.[0];
  if (checkpoint !== undefined) return { model: checkpoint };
  return known.quantization === 'bf16' ? { model, quantization } : { model };
}

/** The real server did start; where our estimate of its memory says no, blocks for every request are given. */
function withEnoughMemory(deployment: Record<string, unknown>, workload: Record<string, unknown>) {
  try {
    return resolved(deployment, workload);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const tokens = Number(deployment.max_model_len) * Number(deployment.max_num_seqs);
    return resolved({ ...deployment, num_gpu_blocks_override: Math.ceil(tokens / 16) + 1 }, workload);
  }
}
