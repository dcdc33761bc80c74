/** Which numbers of a memory plan are estimated rather than known, in sentences for its reader. */
import type { MemoryOptions, StartUp } from '../catalog/memory.ts';
import { formatBytes } from '../core/units.ts';

/** What is estimated in a plan; empty where the server's own count was given. */
export function checkEstimates(options: MemoryOptions, startUp: StartUp): string[] {
  const { model, gpu, quantization, drafter } = options;
  const shares = startUp.starts ? startUp.plan : startUp.refusal.shares;
  const provisional = model.provisional === null ? [] : [`${model.id} is provisional: ${model.provisional}`];
  if (shares.source !== 'estimated') return provisional;
  const estimates = [
    ...provisional,
    `${formatBytes(shares.reserveBytes)} a GPU for activations, CUDA graphs and libraries is an estimate; ` +
      'num_gpu_blocks_override with the count that your server prints replaces it',
    `${formatBytes(gpu.usableBytes)} of usable memory: ${gpu.usableSource}`,
  ];
  if (drafter !== null && drafter.kind !== 'lookup') {
    const name =
      drafter.kind === 'model' ? drafter.model.id : `the ${drafter.layer} drafter, one layer of the target's width,`;
    estimates.push(`weights and KV blocks include ${name}; its activations and CUDA graphs are not in the reserve`);
  }
  if (model.moe !== null) {
    estimates.push(
      'activations of mixture-of-experts layers are counted by the size of their work space; servers have been seen to keep 3 to 5 GiB more',
    );
  }
  if (model.moe !== null && options.dataParallelSize > 1) {
    estimates.push(
      `that work space holds the tokens of all ${options.dataParallelSize} engines at once; no server with several was measured`,
    );
  }
  if (model.moe !== null && quantization === 'mxfp4') {
    estimates.push('MXFP4 experts are padded as by the kernels for Hopper; those for other GPUs take up to 4 % more');
  }
  if (model.latentAttention !== null) {
    estimates.push('vLLM may choose larger blocks for MLA kernels; the tokens that fit hardly depend on it');
  }
  if (model.visionParameters > 0) {
    estimates.push('activations of the vision encoder are not counted');
  }
  return estimates;
}
