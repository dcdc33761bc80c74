/**
 * How many requests a session has: a fixed number, a Weibull law (coding agents: shape near 1, so that a session that has
 * lasted long is as likely to end as a young one), or a chance of going on after each request (chats, most of which end
 * after one).
 */
import type { SessionLength } from '../config/resolved.ts';
import { type Sampler, weibull } from '../core/distributions.ts';
import type { Rng } from '../core/random.ts';

/** What is left of a law's tail when its mean is added up. */
const NEGLIGIBLE = 1e-12;

/** Draws whole numbers >= 1. */
export function sessionLengthSampler(law: SessionLength, rng: Rng): Sampler {
  if ('constant' in law) return () => law.constant;
  if ('weibull' in law) {
    const draw = weibull(rng, law.weibull.shape, law.weibull.scale);
    return () => Math.max(1, Math.round(draw()));
  }
  return () => {
    let requests = 1;
    while (rng() < chanceAfter(law.go_on, requests)) requests++;
    return requests;
  };
}

/** The mean number of requests of a session: the sum over n of the chance that it has more than n. */
export function meanSessionLength(law: SessionLength): number {
  if ('constant' in law) return law.constant;
  let mean = 0;
  let chance = 1;
  for (let requests = 0; chance > NEGLIGIBLE; ) {
    mean += chance;
    requests++;
    if ('weibull' in law) chance = Math.exp(-(((requests + 0.5) / law.weibull.scale) ** law.weibull.shape));
    else chance *= chanceAfter(law.go_on, requests);
  }
  return mean;
}

/** That another request follows after so many. */
function chanceAfter(goOn: readonly number[], requests: number): number {
  return goOn[Math.min(requests, goOn.length) - 1]!;
}
