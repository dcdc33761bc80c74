/**
 * Poisson arrivals whose rate moves slowly: constant within a step, its logarithm an AR(1) from step to step. This is
 * what the Azure 2023 conversation trace looks like: inside five minutes the gaps are exponential (coefficient of
 * variation about 1.03), while the rate of a minute wanders (standard deviation of its logarithm about 0.21,
 * correlation 0.85 with the minute before), which shows as an index of dispersion that grows with the window.
 */
import type { ArrivalLaw } from '../config/resolved.ts';
import { exponential, normal } from '../core/distributions.ts';
import type { RandomStreams } from '../core/random.ts';

type DriftingLaw = Extract<ArrivalLaw, { process: 'log_ar1' }>;

/**
 * Arrival times in seconds. The multiplier exp(x - sigma²/2) has mean 1, so that `rate` is the mean rate; x starts in
 * its stationary law Normal(0, sigma). A step keeps its length when the rate is scaled.
 */
export function driftingArrivals(law: DriftingLaw, rate: number, streams: RandomStreams): () => number {
  const { sigma, phi } = law;
  const unitExponential = exponential(streams('arrivals'), 1);
  const unitNormal = normal(streams('arrivals/drift'), 0, 1);
  const innovation = sigma * Math.sqrt(1 - phi ** 2);
  let x = sigma * unitNormal();
  let step = 0;
  let nowS = 0;
  return () => {
    // Arrivals of a Poisson process are one unit exponential apart in expected arrivals, whatever the rate does.
    let expectedArrivals = unitExponential();
    while (true) {
      const stepRate = rate * Math.exp(x - sigma ** 2 / 2);
      const stepEndS = (step + 1) * law.step_s;
      const leftInStep = stepRate * (stepEndS - nowS);
      if (expectedArrivals < leftInStep) {
        nowS += expectedArrivals / stepRate;
        return nowS;
      }
      expectedArrivals -= leftInStep;
      nowS = stepEndS;
      step++;
      x = phi * x + innovation * unitNormal();
    }
  };
}
