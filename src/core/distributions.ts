/**
 * Laws of chance that workloads and failures are built from. Gamma, beta, normal, lognormal and exponential are
 * d3-random's samplers (gamma: Marsaglia and Tsang, "A simple method for generating gamma variables", 2000) on a
 * stream of ours; here they get the parameters that the literature on arrival processes uses. How many uniform numbers
 * a draw consumes is not part of the contract: a quantity that must not disturb another has a stream of its own.
 */
import { bisectRight } from 'd3-array';
import { randomBeta, randomExponential, randomGamma, randomLogNormal, randomNormal } from 'd3-random';
import type { Rng } from './random.ts';

/** Draws one value of a law. */
export type Sampler = () => number;

/** Exponential with that mean (> 0). */
export function exponential(rng: Rng, mean: number): Sampler {
  return randomExponential.source(rng)(1 / mean);
}

/** Normal with that mean and standard deviation (>= 0). */
export function normal(rng: Rng, mean: number, sigma: number): Sampler {
  return randomNormal.source(rng)(mean, sigma);
}

/** ln X ~ Normal(mu, sigma): median exp(mu), mean exp(mu + sigma² / 2). */
export function lognormal(rng: Rng, mu: number, sigma: number): Sampler {
  return randomLogNormal.source(rng)(mu, sigma);
}

/** The mean of a lognormal law. */
export function lognormalMean(mu: number, sigma: number): number {
  return Math.exp(mu + sigma ** 2 / 2);
}

/** Gamma of that shape (> 0) and mean (> 0): coefficient of variation 1/√shape; shape 1 is the exponential. */
export function gamma(rng: Rng, shape: number, mean: number): Sampler {
  return randomGamma.source(rng)(shape, mean / shape);
}

/**
 * Time from a random moment to the next event of a stationary gamma renewal process of that shape and mean gap. A random
 * moment falls into a gap in proportion to the gap's length, hence Gamma(shape + 1), and evenly within it.
 */
export function gammaResidual(rng: Rng, shape: number, mean: number): Sampler {
  const gapAroundNow = randomGamma.source(rng)(shape + 1, mean / shape);
  return () => rng() * gapAroundNow();
}

/** Beta on [0, 1], mean alpha / (alpha + beta). */
export function beta(rng: Rng, alpha: number, betaShape: number): Sampler {
  return randomBeta.source(rng)(alpha, betaShape);
}

/**
 * Weibull: P(X > x) = exp(−(x / scale)^shape), both > 0; shape 1 is the exponential, below 1 the hazard falls with age. By
 * inversion, one uniform number a draw.
 */
export function weibull(rng: Rng, shape: number, scale: number): Sampler {
  return () => scale * (-Math.log1p(-rng())) ** (1 / shape);
}

/** Draws the index of a weight in proportion to it; the weights (>= 0, not all 0) need not sum to 1. */
export function choice(rng: Rng, weights: readonly number[]): Sampler {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const last = weights.findLastIndex((weight) => weight > 0);
  return () => {
    let rest = rng() * total;
    for (let i = 0; i < last; i++) {
      rest -= weights[i]!;
      if (rest < 0) return i;
    }
    return last;
  };
}

/**
 * Zipf's law on 1, …, `size`: k with a chance in proportion to k^-exponent (>= 0; 0 is uniform). One uniform number a draw.
 */
export function zipf(rng: Rng, size: number, exponent: number): Sampler {
  const upTo = new Float64Array(size);
  let total = 0;
  for (let k = 1; k <= size; k++) {
    total += k ** -exponent;
    upTo[k - 1] = total;
  }
  return () => Math.min(size, bisectRight(upTo, rng() * total) + 1);
}

/** Draws from one of the parts, chosen in proportion to its weight. */
export function mixture(rng: Rng, parts: readonly { weight: number; draw: Sampler }[]): Sampler {
  const pick = choice(
    rng,
    parts.map((part) => part.weight),
  );
  return () => parts[pick()]!.draw();
}
