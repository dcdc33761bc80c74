/** A deployment of the repository's catalog on one H100, for tests of memory. */
import type { MemoryOptions } from '../../src/catalog/memory.ts';
import { repositoryCatalog } from './repository-catalog.ts';

export const catalog = repositoryCatalog();

export function memoryOptions(model: string, changes: Partial<MemoryOptions> = {}): MemoryOptions {
  return {
    model: catalog.model(model)!,
    gpu: catalog.gpu('h100-sxm')!,
    tensorParallelSize: 1,
    pipelineParallelSize: 1,
    dataParallelSize: 1,
    expertParallel: false,
    quantization: 'bf16',
    drafter: null,
    kvCacheDtype: 'auto',
    gpuMemoryUtilization: 0.92,
    blockSize: 16,
    maxModelLen: 8192,
    maxNumSeqs: 256,
    maxNumBatchedTokens: 8192,
    asyncScheduling: true,
    cudagraphCaptureSizes: [1, 2, 4, 8, 16],
    numGpuBlocksOverride: null,
    kvCacheMemoryBytes: null,
    where: 'study.yaml:5:3',
    ...changes,
  };
}
