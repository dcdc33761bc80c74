/**
 * Shocks that several slots hear: a Poisson process in time, each shock with a height. It hits a slot whose hazard is
 * above that height (Marshall and Olkin, "A multivariate exponential distribution", 1967, with thinning by Lewis and
 * Shedler, 1979). Every slot walks a copy of the same named stream at its own pace, so nothing is kept of the past, and
 * no slot's existence changes what another one hears.
 */
import { exponential, type Sampler } from '../../core/distributions.ts';
import type { Rng } from '../../core/random.ts';

export class ShockClock {
  /** When the next shock comes, whole µs; infinite without any. */
  nextUs = Number.POSITIVE_INFINITY;
  /** How high it is, as a share of all heights, in [0, 1). */
  height = 0;
  private exactUs: number;
  private readonly gap: Sampler | null;
  private readonly rng: Rng;

  /** `rate` in shocks per µs. */
  constructor(rng: Rng, rate: number, startUs: number) {
    this.rng = rng;
    this.gap = rate === 0 ? null : exponential(rng, 1 / rate);
    this.exactUs = startUs;
    this.advance();
  }

  /** On to the shock after the next one. */
  advance(): void {
    if (this.gap === null) return;
    this.exactUs += this.gap();
    this.nextUs = Math.ceil(this.exactUs);
    this.height = this.rng();
  }
}
