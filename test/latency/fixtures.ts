/** Shapes of batches and step times of known deployments, for tests. */
import type { KvCacheDtype, Quantization } from '../../src/catalog/quantization.ts';
import type { BatchShape } from '../../src/latency/batch-shape.ts';
import type { Drafting } from '../../src/latency/draft-time.ts';
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
export function batch(contexts: readonly number[], chunks: readonly (readonly [number, number])[]): BatchShape {
  return {
    decodes: contexts.length,
    decodeTokens: contexts.length,
    decodeContextTokens: contexts.reduce((sum, context) => sum + context, 0),
    decodeMaxContextTokens: Math.max(0, ...contexts),
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
  drafting?: Drafting;
}

export function stepTime(setup: Setup): StepTime {
  return createStepTime({
    model: catalog.model(setup.model)!,
    gpu: catalog.gpu(setup.gpu)!,
    kernels: catalog.kernels(setup.gpu)!,
    tensorParallelSize: setup.tensorParallelSize ?? 1,
    quantization: setup.quantization ?? 'bf16',
    kvCacheDtype: setup.kvCacheDtype ?? 'auto',
    cudagraphCaptureSizes: setup.cudagraphCaptureSizes ?? CAPTURE_SIZES,
    stepOverheadUs: setup.stepOverheadUs ?? 300,
    drafting: setup.drafting ?? null,
  });
}
