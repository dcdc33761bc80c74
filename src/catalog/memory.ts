/**
 * How vLLM 0.33 divides a GPU's memory at start-up (`Worker.determine_available_memory`, then the KV cache planning):
 * `ceil(total * gpu_memory_utilization)` minus weights minus what a profiling run needs is left for KV blocks, and one
 * request of `max_model_len` tokens must fit or the server refuses to start. The profiling run's need is an estimate
 * (`reserve.ts`); the number of blocks that a real server printed can be given instead. In a pipeline every stage plans
 * for its own layers, and all take as many blocks as the stage with the fewest has (`get_kv_cache_configs`).
 */
import { type Drafter, drafterWeightBytes } from './drafter.ts';
import type { Gpu } from './gpu.ts';
import {
  blocksOfRequest,
  type KvDemand,
  longestRequest,
  maxConcurrency,
  maxInFlightTokens,
  numGpuBlocks,
  type StartUpError,
  startUpError,
} from './kv-cache.ts';
import { type KvLayout, kvLayout, stageLayout } from './kv-layout.ts';
import type { Model } from './model.ts';
import type { KvCacheDtype, Quantization } from './quantization.ts';
import { estimateReserve, type Reserve, reserveBytes } from './reserve.ts';
import { type Stage, stagesOf } from './stages.ts';
import { checkTensorParallelSize, weightBytesPerGpu } from './weights.ts';

export interface MemoryOptions {
  readonly model: Model;
  readonly gpu: Gpu;
  readonly tensorParallelSize: number;
  /** Stages that the layers are dealt to. */
  readonly pipelineParallelSize: number;
  /** Engines of the server; they share the experts of a model that has any. */
  readonly dataParallelSize: number;
  /** Experts are spread over the ranks whole. */
  readonly expertParallel: boolean;
  readonly quantization: Quantization;
  /** Of speculative decoding; null without it. */
  readonly drafter: Drafter | null;
  readonly kvCacheDtype: KvCacheDtype;
  /** Share of the usable memory, above 0 up to 1; vLLM's default 0.92. */
  readonly gpuMemoryUtilization: number;
  /** Tokens a block. */
  readonly blockSize: number;
  /** Tokens; `auto`: the model's own length, cut to what fits. */
  readonly maxModelLen: number | 'auto';
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number;
  /** Two steps are in flight at once; it matters to sliding windows. */
  readonly asyncScheduling: boolean;
  /** Empty with `enforce_eager`. */
  readonly cudagraphCaptureSizes: readonly number[];
  /** `--num-gpu-blocks-override`: blocks whatever the memory. */
  readonly numGpuBlocksOverride: number | null;
  /** `--kv-cache-memory-bytes`: memory for blocks, instead of the utilization. */
  readonly kvCacheMemoryBytes: number | null;
  /** Where the settings were read, for messages. */
  readonly where: string;
}

/** Where a worker's memory goes, bytes per GPU; in a pipeline that of the stage that has the fewest blocks to give. */
export interface MemoryShares {
  /** Which stage, from 0. */
  readonly stage: number;
  /** What a process sees on the empty GPU. */
  readonly usableBytes: number;
  readonly weightBytes: number;
  /** Neither weights nor KV cache: activations, sampler, communication, CUDA graphs. */
  readonly reserveBytes: number;
  readonly reserve: Reserve;
  /** Left for KV blocks, or given; below 0 where weights and reserve take more than there is. */
  readonly kvBytes: number;
  readonly bytesPerBlock: number;
  /** The null block included, as vLLM prints it. */
  readonly numGpuBlocks: number;
  readonly source: 'estimated' | 'num_gpu_blocks_override' | 'kv_cache_memory_bytes';
  /** Longest `max_model_len` with which the server would start, tokens, were the model to allow it; 0: none. */
  readonly maxModelLenThatFits: number;
}

/** One worker's memory when the server has started. */
export interface MemoryPlan extends MemoryShares {
  /** The `max_model_len` in force: the one asked for, or the one `auto` came to. */
  readonly maxModelLen: number;
  /** Requests of `max_model_len` tokens that fit at once, as vLLM prints it. */
  readonly maxConcurrency: number;
}

/** Why the server does not start. */
export interface MemoryRefusal {
  readonly error: StartUpError | 'out-of-memory';
  readonly shares: MemoryShares;
  /** The `max_model_len` that was asked for; of `auto` the model's own. */
  readonly maxModelLen: number;
  /** KV memory that one request of that length needs on each GPU, beside the null block. */
  readonly neededBytes: number;
}

export type StartUp =
  | { readonly starts: true; readonly plan: MemoryPlan }
  | { readonly starts: false; readonly refusal: MemoryRefusal };

/** What a server would find at start-up. Refuses only a parallel size that vLLM refuses. */
export function planStartUp(options: MemoryOptions): StartUp {
  const { model, pipelineParallelSize } = options;
  checkTensorParallelSize(model, options.tensorParallelSize, options.where, options);
  const demand = demandOf(options);
  const stages = stagesOf(model.layers, pipelineParallelSize).map((stage) => {
    const stageDemand = { ...demand, layout: stageLayout(demand.layout, model, stage) };
    return { demand: stageDemand, shares: memoryShares(options, stageDemand, stage) };
  });
  const tightest = stages.reduce((worst, stage) => (isTighter(stage.shares, worst.shares) ? stage : worst));
  const shares = {
    ...tightest.shares,
    maxModelLenThatFits: Math.min(...stages.map((stage) => stage.shares.maxModelLenThatFits)),
  };
  const asked = options.maxModelLen === 'auto' ? model.maxModelLen : options.maxModelLen;
  const maxModelLen = options.maxModelLen === 'auto' ? Math.max(1, Math.min(asked, shares.maxModelLenThatFits)) : asked;
  const error = exceedsMemory(shares) ? 'out-of-memory' : startUpError(tightest.demand, shares.kvBytes, maxModelLen);
  if (error !== null) {
    const neededBytes = blocksOfRequest(demand, asked) * shares.bytesPerBlock;
    return { starts: false, refusal: { error, shares, maxModelLen: asked, neededBytes } };
  }
  const concurrency = maxConcurrency(demand, shares.numGpuBlocks, maxModelLen);
  return { starts: true, plan: { ...shares, maxModelLen, maxConcurrency: concurrency } };
}

/** A stage that cannot hold what was asked of it comes before one with few blocks; the first of equals counts. */
function isTighter(a: MemoryShares, b: MemoryShares): boolean {
  const missing = (shares: MemoryShares) => (exceedsMemory(shares) ? shares.weightBytes + shares.kvBytes : 0);
  if (missing(a) !== missing(b)) return missing(a) > missing(b);
  return a.numGpuBlocks < b.numGpuBlocks;
}

/** A KV cache that was given instead of measured need not fit beside the weights; whatever the reserve, it then fails. */
function exceedsMemory({ source, weightBytes, kvBytes, usableBytes }: MemoryShares): boolean {
  return source !== 'estimated' && weightBytes + kvBytes > usableBytes;
}

/** What a request takes from the KV cache of this deployment, all layers together. */
export function demandOf(options: MemoryOptions): KvDemand {
  const { asyncScheduling, pipelineParallelSize } = options;
  const layout = deploymentLayout(options);
  return {
    layout: { ...layout, bytesPerBlock: layout.bytesPerBlock + draftModelBytesPerBlock(options) },
    maxInFlightTokens: maxInFlightTokens(options.maxNumBatchedTokens, asyncScheduling, pipelineParallelSize),
  };
}

/** What decides the groups of a deployment's KV cache. */
export type LayoutOptions = Pick<
  MemoryOptions,
  'model' | 'drafter' | 'kvCacheDtype' | 'tensorParallelSize' | 'blockSize'
>;

/** The layout of the KV cache, all layers together. A draft layer attends to everything, as one more of the target's. */
export function deploymentLayout(options: LayoutOptions): KvLayout {
  const { model, drafter, kvCacheDtype, tensorParallelSize, blockSize } = options;
  const layers = model.layers + (drafter?.kind === 'layer' ? 1 : 0);
  return kvLayout({ ...model, layers }, kvCacheDtype, tensorParallelSize, blockSize);
}

/** A draft model shares the blocks of its target. */
function draftModelBytesPerBlock({ drafter, kvCacheDtype, blockSize }: MemoryOptions): number {
  if (drafter?.kind !== 'model') return 0;
  return kvLayout(drafter.model, kvCacheDtype, drafter.tensorParallelSize, blockSize).bytesPerBlock;
}

function memoryShares(options: MemoryOptions, demand: KvDemand, stage: Stage): MemoryShares {
  const { model, gpu, quantization, tensorParallelSize: tp, blockSize } = options;
  const { layout } = demand;
  const drafterBytes = options.drafter === null ? 0 : drafterWeightBytes(options.drafter, model, tp, options);
  const weightBytes = weightBytesPerGpu(model, quantization, tp, options, stage) + drafterBytes;
  const reserve = estimateReserve({ ...options, stage });
  const { kvBytes, source } = kvMemory(options, weightBytes + reserveBytes(reserve), layout.bytesPerBlock);
  const blocks = numGpuBlocks(layout, kvBytes);
  return {
    stage: stage.index,
    usableBytes: gpu.usableBytes,
    weightBytes,
    reserveBytes: reserveBytes(reserve),
    reserve,
    kvBytes,
    bytesPerBlock: layout.bytesPerBlock,
    numGpuBlocks: blocks,
    source,
    // A request that takes a block for every block of its tokens is never longer than the pool; one whose layers all
    // slide may be of any length.
    maxModelLenThatFits: longestRequest(demand, kvBytes, Math.max(model.maxModelLen, blocks * blockSize)),
  };
}

/** Memory for blocks and who decided it. An override of the block count replaces the memory in every later check. */
function kvMemory(
  options: MemoryOptions,
  otherBytes: number,
  bytesPerBlock: number,
): Pick<MemoryShares, 'kvBytes' | 'source'> {
  if (options.numGpuBlocksOverride !== null) {
    return { kvBytes: options.numGpuBlocksOverride * bytesPerBlock, source: 'num_gpu_blocks_override' };
  }
  if (options.kvCacheMemoryBytes !== null) {
    return { kvBytes: options.kvCacheMemoryBytes, source: 'kv_cache_memory_bytes' };
  }
  const requested = Math.ceil(options.gpu.usableBytes * options.gpuMemoryUtilization);
  return { kvBytes: requested - otherBytes, source: 'estimated' };
}
