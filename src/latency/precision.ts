/**
 * Which precision the linear layers outside the routed experts have. Checkpoints with MXFP4 weights and experts store
 * only the experts in it (openai/gpt-oss-120b, config.json: `modules_to_not_convert`); everything else is bf16.
 */
import type { Model } from '../catalog/model.ts';
import type { Quantization } from '../catalog/quantization.ts';

/** The precision of attention projections and of dense and shared feed-forward layers. */
export function linearPrecision(model: Model, quantization: Quantization): Quantization {
  return quantization === 'mxfp4' && model.moe !== null ? 'bf16' : quantization;
}
