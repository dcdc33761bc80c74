/**
 * Bursts of requests with silences between them, as in the Azure 2023 code trace: split where nothing came for five
 * seconds, it is 58 bursts of lognormal size whose gaps are gamma, separated by lognormal silences. The three laws
 * together give the trace's coefficient of variation (13) and most of its dispersion over seconds and minutes.
 */
import type { ArrivalLaw } from '../config/resolved.ts';
import { gamma, lognormal, lognormalMean } from '../core/distributions.ts';
import type { RandomStreams } from '../core/random.ts';

type BurstLaw = Extract<ArrivalLaw, { process: 'on_off' }>;

/**
 * Requests per second that the three laws give when nothing is scaled. A burst size is rounded to a whole number >= 1,
 * which leaves the mean of the law as it is except where bursts are a few requests each.
 */
export function naturalRate(law: BurstLaw): number {
  const size = Math.max(1, lognormalMean(law.burst_size.mu, law.burst_size.sigma));
  const burstS = (size - 1) * law.gap.mean_s;
  return size / (burstS + lognormalMean(law.silence_s.mu, law.silence_s.sigma));
}

/**
 * Arrival times in seconds, the first at 0, where a burst starts. Another rate shrinks or stretches the whole process,
 * gaps and silences alike, so that bursts keep their sizes and the coefficient of variation stays.
 */
export function burstArrivals(law: BurstLaw, rate: number, streams: RandomStreams): () => number {
  const timeScale = naturalRate(law) / rate;
  const burstSize = lognormal(streams('arrivals/burst_size'), law.burst_size.mu, law.burst_size.sigma);
  const silenceS = lognormal(streams('arrivals/silence'), law.silence_s.mu, law.silence_s.sigma);
  const gapS = gamma(streams('arrivals'), law.gap.shape, law.gap.mean_s);
  const newBurst = (): number => Math.max(1, Math.round(burstSize()));
  let nowS = 0;
  let leftInBurst = newBurst();
  let isFirst = true;
  return () => {
    if (isFirst) isFirst = false;
    else if (leftInBurst > 0) nowS += gapS() * timeScale;
    else {
      nowS += silenceS() * timeScale;
      leftInBurst = newBurst();
    }
    leftInBurst--;
    return nowS;
  };
}
