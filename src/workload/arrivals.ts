/**
 * When requests arrive. Every law is an endless walk over times in seconds, at a mean rate given from outside; this file
 * turns it into integer microseconds. The renewal laws are those of `vllm bench serve`: gaps are gamma with shape
 * `burstiness` and mean 1 / rate, the first request comes after the first gap, and a rate of `inf` sends everything at
 * once. Unlike the benchmark the gaps are not stretched afterwards to make the total come out at requests / rate: that
 * would make them depend on each other, and on how many requests are asked for.
 */
import type { ArrivalLaw } from '../config/resolved.ts';
import { exponential, gamma, type Sampler } from '../core/distributions.ts';
import { InputError } from '../core/input-error.ts';
import type { RandomStreams } from '../core/random.ts';
import { START_US } from '../core/start-us.ts';
import { burstArrivals } from './burst-arrivals.ts';
import { clientArrivals } from './client-arrivals.ts';
import { driftingArrivals } from './drifting-arrivals.ts';

/** The time of one arrival after another: integer microseconds, never decreasing; always 0 at rate `inf`. */
export type ArrivalTimes = () => number;

/** Arrivals of a law at a mean rate in requests/s. */
export function arrivalTimes(law: ArrivalLaw, rate: number | 'inf', streams: RandomStreams): ArrivalTimes {
  if (rate === 'inf') return () => 0;
  if (!(rate > 0 && Number.isFinite(rate))) {
    throw new InputError(`request_rate is ${rate}; it must be a number of requests per second above 0, or inf.`);
  }
  const seconds = arrivalSeconds(law, rate, streams);
  return () => START_US + Math.round(seconds() * 1e6);
}

function arrivalSeconds(law: ArrivalLaw, rate: number, streams: RandomStreams): () => number {
  switch (law.process) {
    case 'poisson':
      return renewal(exponential(streams('arrivals'), 1 / rate));
    case 'gamma':
      return renewal(gamma(streams('arrivals'), law.burstiness, 1 / rate));
    case 'log_ar1':
      return driftingArrivals(law, rate, streams);
    case 'on_off':
      return burstArrivals(law, rate, streams);
    case 'clients':
      return clientArrivals(law, rate, streams);
    default:
      return law satisfies never;
  }
}

/** Independent gaps of one law, the first one before the first arrival. */
function renewal(gapS: Sampler): () => number {
  let nowS = 0;
  return () => {
    nowS += gapS();
    return nowS;
  };
}
