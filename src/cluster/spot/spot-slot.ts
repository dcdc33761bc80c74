/**
 * One place on the spot market: now the provider lets it be held, now not. What the fleet does with it changes nothing
 * about it, so that variants of a study meet the same market.
 */
import { exponential, type Sampler, weibull } from '../../core/distributions.ts';
import type { Rng } from '../../core/random.ts';
import type { ShockClock } from './shock-clock.ts';
import { hazard, ownAge, type WeibullLaw } from './weibull-law.ts';

export interface SpotSlot {
  /** Capacity is there. */
  readonly isUp: boolean;
  /** When that changes next, whole µs; infinite if never. */
  readonly changeUs: number;
  /** It is `changeUs`: the state flips, and the next change is drawn. */
  change(): void;
}

/** How long one state lasts: its law, and the height of hazard that is taken from shocks. */
export interface Phase {
  readonly law: WeibullLaw;
  readonly sharedHeight: number;
  /** The shocks that this slot hears. */
  readonly shocks: readonly ShockClock[];
}

/** A slot that is up and down by turns, each time for as long as its law says. */
export class LawSlot implements SpotSlot {
  isUp = true;
  changeUs: number;
  private readonly phases: { readonly up: Phase; readonly down: Phase };
  private readonly ownTime: { readonly up: Sampler; readonly down: Sampler };

  /** Up from `startUs` on. */
  constructor(rng: Rng, up: Phase, down: Phase, startUs: number) {
    this.phases = { up, down };
    const unit = exponential(rng, 1);
    this.ownTime = { up: ownTimeOf(up, rng, unit), down: ownTimeOf(down, rng, unit) };
    this.changeUs = this.endOf(startUs);
  }

  change(): void {
    this.isUp = !this.isUp;
    this.changeUs = this.endOf(this.changeUs);
  }

  /** When the state that began at `sinceUs` ends: by the slot's own hazard, or by a shock before. */
  private endOf(sinceUs: number): number {
    const state = this.isUp ? 'up' : 'down';
    const { law, sharedHeight, shocks } = this.phases[state];
    const ownUs = Math.max(sinceUs + 1, Math.round(sinceUs + this.ownTime[state]()));
    for (;;) {
      const shock = earliest(shocks);
      if (shock === undefined || shock.nextUs >= ownUs) return ownUs;
      const { nextUs, height } = shock;
      shock.advance();
      if (nextUs > sinceUs && height * sharedHeight < hazard(law, nextUs - sinceUs)) return nextUs;
    }
  }
}

function ownTimeOf({ law, sharedHeight }: Phase, rng: Rng, unit: Sampler): Sampler {
  if (sharedHeight === 0) return weibull(rng, law.shape, law.scaleUs);
  return () => ownAge(law, sharedHeight, unit());
}

function earliest(shocks: readonly ShockClock[]): ShockClock | undefined {
  let first: ShockClock | undefined;
  for (const shock of shocks) if (first === undefined || shock.nextUs < first.nextUs) first = shock;
  return first;
}
