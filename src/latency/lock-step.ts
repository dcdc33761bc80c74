/**
 * A step of data-parallel ranks of a model with experts. In every layer with experts they gather each other's tokens, run
 * the experts over all of them and scatter the sums (vLLM's default `allgather_reducescatter`), so they all wait for the
 * slowest:
 *
 *     t = max over ranks of (everything but experts) + layers (experts(all tokens) + all-gather + reduce-scatter)
 *
 * If every rank's tokens fit a CUDA graph, all are padded to the largest count; else none is (vLLM's
 * `coordinate_batch_across_dp`). A rank without work runs a step of one dummy token, without attention and logits. With
 * expert parallelism and more than one tensor-parallel rank, these share the tokens of a layer too
 * (`use_sequence_parallel_moe`): the exchange is between all ranks, and the tensor-parallel ranks gather the results.
 */
import { sharesTokens } from '../catalog/expert-share.ts';
import type { BatchShape } from './batch-shape.ts';
import { allGather, reduceScatter } from './collectives.ts';
import type { Forward, ForwardOptions } from './forward.ts';

/** Microseconds of a step; one shape a rank, null for one without work. */
export type LockStep = (shapes: readonly (BatchShape | null)[]) => number;

/** The lock step of `dataParallelSize` ranks; `tailUs` is what a rank does after its layers. */
export function createLockStep(
  options: ForwardOptions,
  forward: Forward,
  tailUs: (shape: BatchShape) => number,
): LockStep {
  const { tensorParallelSize, dataParallelSize } = options;
  const on = { kernels: options.kernels, interconnect: options.interconnect, hidden: options.model.hidden };
  const sharing = sharesTokens(options);
  const ranks = sharing ? tensorParallelSize * dataParallelSize : dataParallelSize;
  const gather = allGather(on, ranks);
  const scatter = reduceScatter(on, ranks);
  const gatherResults = sharing ? allGather(on, tensorParallelSize) : () => 0;
  const layer = forward.expertLayer!;
  return (shapes) => {
    let most = 1;
    for (const shape of shapes) if (shape !== null) most = Math.max(most, shape.scheduledTokens);
    const together = forward.inGraph(most) ? forward.pad(most) : null;
    let allTokens = 0;
    let slowest = 0;
    for (const shape of shapes) {
      const tokens = together ?? shape?.scheduledTokens ?? 1;
      allTokens += tokens;
      const alone = shape === null ? 0 : forward.attention.batch(shape, 0) + tailUs(shape);
      slowest = Math.max(slowest, forward.besideExperts(tokens) + alone);
    }
    const own = together ?? most;
    const routed = layer.routed(allTokens);
    const exchange = gather(allTokens) + scatter(allTokens) + gatherResults(own);
    return slowest + forward.mix.withExperts * (routed + layer.sharedBeyond(own, routed) + exchange);
  };
}
