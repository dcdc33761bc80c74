/** Why a server would not start, in words and numbers. */
import type { MemoryOptions, MemoryRefusal, MemoryShares } from './memory.ts';

/** Why vLLM would not start, and where the memory goes, in sentences. */
export function refusalText(options: MemoryOptions, refusal: MemoryRefusal): string {
  const { shares } = refusal;
  const longest = shares.maxModelLenThatFits;
  const sentences = [
    `${refusalCause(options, refusal)}, so vLLM would not start ${options.model.id}.`,
    division(options, shares),
    ...(longest > 0 ? [`The longest max_model_len that fits is ${longest}.`] : []),
  ];
  return sentences.join(' ');
}

/** Why vLLM would not start, without a full stop. */
export function refusalCause({ model, gpu }: MemoryOptions, refusal: MemoryRefusal): string {
  const { error, shares, maxModelLen, neededBytes } = refusal;
  switch (error) {
    case 'no-memory':
      return shares.source === 'estimated'
        ? `${model.id} leaves no memory for KV blocks on ${gpu.id}`
        : `${shares.source} gives ${shares.numGpuBlocks} KV blocks of ${mib(shares.bytesPerBlock)}, at least 2 are needed`;
    case 'out-of-memory':
      return (
        `weights of ${gib(shares.weightBytes)} and the KV cache of ${gib(shares.kvBytes)} that ${shares.source} asks for ` +
        `are more than the ${gib(shares.usableBytes)} of ${gpu.id}`
      );
    case 'too-small-for-one-request':
      return (
        `one request of max_model_len ${maxModelLen} needs ${gib(neededBytes)} of KV cache on each ${gpu.id}, ` +
        `${gib(shares.kvBytes - shares.bytesPerBlock)} are there`
      );
  }
}

function division(options: MemoryOptions, shares: MemoryShares): string {
  if (shares.source !== 'estimated') return `KV memory was given by ${shares.source}.`;
  return (
    `Of ${gib(shares.usableBytes)} usable at gpu_memory_utilization ${options.gpuMemoryUtilization}, weights ` +
    `(${options.quantization}, ${parallelText(options, shares)}) take ${gib(shares.weightBytes)} and ` +
    `everything else about ${gib(shares.reserveBytes)}.`
  );
}

/** `tensor_parallel_size 4, stage 2 of 4`. */
function parallelText(options: MemoryOptions, { stage }: MemoryShares): string {
  const { tensorParallelSize, pipelineParallelSize, dataParallelSize, expertParallel } = options;
  return [
    `tensor_parallel_size ${tensorParallelSize}`,
    ...(pipelineParallelSize === 1 ? [] : [`stage ${stage + 1} of ${pipelineParallelSize}`]),
    ...(dataParallelSize === 1 ? [] : [`data_parallel_size ${dataParallelSize}`]),
    ...(expertParallel ? ['expert parallel'] : []),
  ].join(', ');
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(2)} MiB`;
}
