/** How many GPUs a server takes, and in words what they do. */

export interface ServerGpus {
  readonly tensorParallelSize: number;
  readonly pipelineParallelSize: number;
  readonly dataParallelSize: number;
  readonly expertParallel: boolean;
}

/** GPUs of one server. */
export function gpusOfServer({ tensorParallelSize, pipelineParallelSize, dataParallelSize }: ServerGpus): number {
  return tensorParallelSize * pipelineParallelSize * dataParallelSize;
}

/** `2 data-parallel engines of 4 stages, experts whole`; empty where tensor parallelism is all there is. */
export function spreadText({ pipelineParallelSize: stages, dataParallelSize, expertParallel }: ServerGpus): string {
  const parts = [
    ...(dataParallelSize === 1 ? [] : [`${dataParallelSize} data-parallel engines`]),
    ...(stages === 1 ? [] : [`${stages} stages`]),
  ];
  return [parts.join(' of '), ...(expertParallel ? ['experts whole'] : [])].filter((part) => part !== '').join(', ');
}
