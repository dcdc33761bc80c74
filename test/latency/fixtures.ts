/** Shapes of batches and step times of known deployments, for tests. */
import type { KvCacheDtype, Quantization } from '../../src/catalog/quantization.ts';
import { type AttentionWindow, type BatchShape, windowedTokens } from '../../src/latency/batch-shape.ts';
import type { Drafting } from '../../src/latency/draft-time.ts';
import { createKernelTime, type KernelParts, type PartedKernelTime } from '../../src/latency/kernel-time.ts';
import type { Interconnect } from '../../src/latency/link.ts';
import type { MoeRouting } from '../../src/latency/moe.ts';
import { createStepTime, type StepTime } from '../../src/latency/step-time.ts';
import { repositoryCatalog } from '../catalog/repository-catalog.ts';

export const catalog = repositoryCatalog();

/** vLLM's ladder of CUDA graphs for 256 or more sequences: 1, 2, 4, by 8 to 248, by 16 to 512. */
export const CAPTURE_SIZES = [
  1,
  2,
  4,
  ...Array.from({ length: 31 }, (_, i) => 8 * (i + 1)),
  ...Array.from({ length: 17 }, (_, i) => 256 + 16 * i),
];

/** `count` decodes of `context` tokens each. */
export function decodes(count: number, context: number): BatchShape {
  return batch(
    Array.from({ length: count }, () => context),
    [],
  );
}

/** Decodes by their contexts and chunks by [new tokens, cached tokens]. */
export function batch(
  contexts: readonly number[],
  chunks: readonly (readonly [number, number])[],
  window: AttentionWindow | null = null,
): BatchShape {
  const windowed = contexts.map((context) => windowedTokens(window, context));
  const windowTokens = windowed.reduce((sum, context) => sum + context, 0);
  return {
    decodes: contexts.length,
    decodeTokens: contexts.length,
    decodeContextTokens: contexts.reduce((sum, context) => sum + context, 0),
    decodeMaxContextTokens: Math.max(0, ...contexts),
    decodeMinContextTokens: contexts.length === 0 ? 0 : Math.min(...contexts),
    decodeWindowContextTokens: windowTokens,
    decodeMaxWindowContextTokens: Math.max(0, ...windowed),
    decodeQueryWindowContextTokens: windowTokens,
    decodeQueryContextTokens: contexts.reduce((sum, context) => sum + context, 0),
    chunkTokens: chunks.map(([tokens]) => tokens),
    chunkCachedTokens: chunks.map(([, cached]) => cached),
    scheduledTokens: contexts.length + chunks.reduce((sum, [tokens]) => sum + tokens, 0),
    scheduledRequests: contexts.length + chunks.length,
    verifiedDrafts: 0,
    proposes: 1,
  };
}

/** `count` requests of `context` tokens that verify `drafts` drafts each; contexts include the verified tokens. */
export function verifying(count: number, context: number, drafts: number): BatchShape {
  return {
    ...decodes(count, context),
    decodeTokens: count * (1 + drafts),
    decodeQueryContextTokens: count * (1 + drafts) * context,
    decodeQueryWindowContextTokens: count * (1 + drafts) * context,
    scheduledTokens: count * (1 + drafts),
    verifiedDrafts: count * drafts,
  };
}

export interface Setup {
  model: string;
  gpu: string;
  tensorParallelSize?: number;
  quantization?: Quantization;
  kvCacheDtype?: KvCacheDtype;
  cudagraphCaptureSizes?: number[];
  stepOverheadUs?: number;
  pipelineParallelSize?: number;
  dataParallelSize?: number;
  expertParallel?: boolean;
  interconnect?: Interconnect;
  moeRouting?: MoeRouting;
  drafting?: Drafting;
}

/** Kernel times of a known deployment. */
export function kernelTime(setup: Setup): PartedKernelTime {
  return createKernelTime({
    model: catalog.model(setup.model)!,
    gpu: catalog.gpu(setup.gpu)!,
    kernels: catalog.kernels(setup.gpu)!,
    tensorParallelSize: setup.tensorParallelSize ?? 1,
    quantization: setup.quantization ?? 'bf16',
    kvCacheDtype: setup.kvCacheDtype ?? 'auto',
    cudagraphCaptureSizes: setup.cudagraphCaptureSizes ?? CAPTURE_SIZES,
    pipelineParallelSize: setup.pipelineParallelSize ?? 1,
    dataParallelSize: setup.dataParallelSize ?? 1,
    expertParallel: setup.expertParallel ?? false,
    interconnect: setup.interconnect ?? null,
    moeRouting: setup.moeRouting ?? 'power_law_1.01',
    drafting: setup.drafting ?? null,
  });
}

/** Step times with the parts of their kernels, the overhead among them. */
export function stepTime(setup: Setup): StepTime & { parts(shape: BatchShape): KernelParts & { overhead: number } } {
  const kernels = kernelTime(setup);
  const overhead = setup.stepOverheadUs ?? 300;
  return {
    ...createStepTime(kernels, { scale: 1, stepUs: overhead, promptStepUs: 0 }),
    parts: (shape) => ({ ...kernels.parts(shape), overhead }),
  };
}
