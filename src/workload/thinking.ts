/**
 * How much of an output is thinking. Reasoning models write their thinking first and the answer after it; traces give
 * the share of the two (ServeGen's `reason_ratio`), which for DeepSeek-R1 in production is a mixture of two beta laws:
 * quick tasks around 0.38, the others around 0.79.
 */
import type { ThinkingShare } from '../config/resolved.ts';
import { beta, mixture, type Sampler } from '../core/distributions.ts';
import type { Rng } from '../core/random.ts';

/** Draws thinking tokens for outputs of that length: 0 <= thinking < output, so that there is always an answer token. */
export function thinkingSampler(law: ThinkingShare | null, rng: Rng): (outputTokens: number) => number {
  if (law === null) return () => 0;
  const share = shareSampler(law, rng);
  return (outputTokens) => Math.min(outputTokens - 1, Math.round(share() * outputTokens));
}

function shareSampler(law: ThinkingShare, rng: Rng): Sampler {
  if ('constant' in law) return () => law.constant;
  return mixture(
    rng,
    law.beta_mixture.map(({ weight, alpha, beta: betaShape }) => ({ weight, draw: beta(rng, alpha, betaShape) })),
  );
}
