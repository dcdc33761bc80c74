/** Why a server would not start, in words and numbers, and which change would let it. */
import { InputError } from '../core/input-error.ts';
import { blocksOfRequest, kvBytesPerBlock } from './kv-cache.ts';
import type { MemoryOptions, MemoryPlan } from './memory.ts';
import { estimateReserve, reserveBytes } from './reserve.ts';
import { dividesInto, weightBytesPerGpu } from './weights.ts';

type Facts = Omit<MemoryPlan, 'maxModelLen' | 'maxConcurrency'>;

/** Nothing is left for KV blocks once one block is set aside. */
export function refuseNoMemory(options: MemoryOptions, facts: Facts): InputError {
  const { gpu, model, where } = options;
  if (facts.source !== 'estimated') {
    return new InputError(
      `${where}: ${facts.source} gives ${facts.numGpuBlocks} KV blocks of ${mib(facts.bytesPerBlock)}; at least 2 are needed.`,
    );
  }
  const tokens = options.maxModelLen === 'auto' ? 1 : options.maxModelLen;
  return new InputError(
    `${where}: ${model.id} leaves no memory for KV blocks on ${gpu.id}. ${division(options, facts)} ` +
      `${remedy(options, tokens)}`,
  );
}

/** One request of `maxModelLen` tokens would not fit. */
export function refuseMaxModelLen(options: MemoryOptions, facts: Facts, maxModelLen: number): InputError {
  const { model, gpu, blockSize, where } = options;
  const need = blocksOfRequest(maxModelLen, blockSize) * facts.bytesPerBlock;
  const has = facts.kvBytes - facts.bytesPerBlock;
  return new InputError(
    `${where}: one request of max_model_len ${maxModelLen} needs ${gib(need)} of KV cache on each ${gpu.id}, ` +
      `${gib(has)} are there, so vLLM would not start ${model.id}. ${division(options, facts)} ` +
      `The longest max_model_len that fits is ${facts.maxModelLenThatFits}. ${remedy(options, maxModelLen)}`,
  );
}

function division(options: MemoryOptions, facts: Facts): string {
  if (facts.source !== 'estimated') return `KV memory was given by ${facts.source}.`;
  return (
    `Of ${gib(facts.usableBytes)} usable at gpu_memory_utilization ${options.gpuMemoryUtilization}, weights ` +
    `(${options.quantization}, tensor_parallel_size ${options.tensorParallelSize}) take ${gib(facts.weightBytes)} and ` +
    `everything else about ${gib(facts.reserveBytes)}.`
  );
}

/** The smallest single changes that make a request of `tokens` tokens fit. */
function remedy(options: MemoryOptions, tokens: number): string {
  if (options.numGpuBlocksOverride !== null || options.kvCacheMemoryBytes !== null)
    return 'Give more, or leave the setting out.';
  const ways: string[] = [];
  const tp = [2, 4, 8].find(
    (n) => n > options.tensorParallelSize && fits({ ...options, tensorParallelSize: n }, tokens),
  );
  if (tp !== undefined) ways.push(`tensor_parallel_size ${tp}`);
  for (const quantization of ['fp8', 'int4'] as const) {
    if (options.quantization === 'bf16' && fits({ ...options, quantization }, tokens)) {
      ways.push(`${quantization} weights`);
      break;
    }
  }
  if (options.kvCacheDtype !== 'fp8' && fits({ ...options, kvCacheDtype: 'fp8' }, tokens))
    ways.push('kv_cache_dtype fp8');
  if (ways.length === 0)
    return 'No single change of tensor_parallel_size up to 8, weights or KV precision makes it fit.';
  return `It would fit with ${ways.join(', or with ')}.`;
}

function fits(options: MemoryOptions, tokens: number): boolean {
  const { model, tensorParallelSize: tp, blockSize } = options;
  if (!dividesInto(model, tp)) return false;
  const perBlock = kvBytesPerBlock(model, options.kvCacheDtype, tp, blockSize);
  const other = weightBytesPerGpu(model, options.quantization, tp) + reserveBytes(estimateReserve(options));
  const kvBytes = Math.ceil(options.gpu.usableBytes * options.gpuMemoryUtilization) - other;
  return blocksOfRequest(tokens, blockSize) + 1 <= Math.floor(kvBytes / perBlock);
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(2)} MiB`;
}
