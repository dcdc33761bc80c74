import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ArrivalLaw } from '../../src/config/resolved.ts';
import { InputError } from '../../src/core/input-error.ts';
import { randomStreams } from '../../src/core/random.ts';
import { arrivalTimes } from '../../src/workload/arrivals.ts';
import { bundled, correlation, dispersion, gaps, mean, variation } from './support.ts';

const chat = bundled('chat-azure').arrivals;
const code = bundled('code-azure').arrivals;
const reasoning = bundled('reasoning-r1').arrivals;
/** Quick steps, so that a short run sees many of them. */
const drifting: ArrivalLaw = { process: 'log_ar1', step_s: 0.5, sigma: 0.21, phi: 0.85 };
const laws: ArrivalLaw[] = [{ process: 'poisson' }, { process: 'gamma', burstiness: 0.4 }, drifting, code, reasoning];

function times(law: ArrivalLaw, rate: number | 'inf', count: number, seed = 1): number[] {
  const next = arrivalTimes(law, rate, randomStreams(seed));
  return Array.from({ length: count }, next);
}

function meanRate(timesUs: readonly number[]): number {
  return (timesUs.length / timesUs.at(-1)!) * 1e6;
}

describe('every law', () => {
  test('gives whole microseconds that never decrease, the same for the same seed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...laws),
        fc.double({ min: 0.01, max: 1e4, noNaN: true }),
        fc.nat(),
        (law, rate, seed) => {
          const drawn = times(law, rate, 100, seed);
          expect(drawn.every((time, i) => Number.isSafeInteger(time) && time >= (drawn[i - 1] ?? 0))).toBe(true);
          expect(times(law, rate, 100, seed)).toEqual(drawn);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('has the rate that was asked for', () => {
    for (const law of laws) {
      for (const rate of [0.5, 40]) {
        const rates = [1, 2, 3].map((seed) => meanRate(times(law, rate, 60_000, seed)));
        expect(Math.abs(mean(rates) / rate - 1), `${law.process} at ${rate}/s`).toBeLessThan(0.06);
      }
    }
  });

  test('sends everything at once at rate inf', () => {
    for (const law of laws) expect(times(law, 'inf', 5)).toEqual([0, 0, 0, 0, 0]);
  });

  test('refuses a rate of nothing', () => {
    expect(() => times({ process: 'poisson' }, 0, 1)).toThrow(InputError);
    expect(() => times({ process: 'poisson' }, Number.NaN, 1)).toThrow(/above 0, or inf/);
  });
});

describe('renewal laws are those of vllm bench serve', () => {
  test('gaps have a coefficient of variation of 1/√burstiness, and are Poisson at 1', () => {
    expect(variation(gaps(times({ process: 'poisson' }, 5, 50_000)))).toBeCloseTo(1, 1);
    for (const burstiness of [0.25, 1, 4]) {
      const cv = variation(gaps(times({ process: 'gamma', burstiness }, 5, 50_000)));
      expect(cv * Math.sqrt(burstiness)).toBeCloseTo(1, 1);
    }
  });

  test('gaps are independent of each other', () => {
    const drawn = gaps(times({ process: 'gamma', burstiness: 0.5 }, 5, 50_000));
    expect(correlation(drawn.slice(1), drawn.slice(0, -1))).toBeCloseTo(0, 1);
  });

  test('another rate stretches the same arrivals', () => {
    const slow = times({ process: 'poisson' }, 1, 100);
    const fast = times({ process: 'poisson' }, 4, 100);
    expect(fast.every((time, i) => Math.abs(time - slow[i]! / 4) <= 1)).toBe(true);
  });
});

describe('chat-azure: Poisson with a slowly moving rate, as the Azure conversation trace of 2023', () => {
  // Published: dispersion 1.39, 3.9 and 16.1 at 1, 10 and 60 s over 58 min; coefficient of variation 1.094.
  const drawn = times(chat, 5.53, 200_000);

  test('the index of dispersion grows with the window as the law says', () => {
    // Windows of a step hold Poisson(r T m) arrivals with m lognormal of mean 1: Var N / E N = 1 + r T (exp(sigma²) - 1).
    const windows = [1, 2, 3, 4].map((seed) => dispersion(times(chat, 5.53, 200_000, seed), 60));
    expect(mean(windows) / (1 + 5.53 * 60 * (Math.exp(0.21 ** 2) - 1))).toBeCloseTo(1, 0.7);
    expect(dispersion(drawn, 1)).toBeGreaterThan(1.1);
    expect(dispersion(drawn, 1)).toBeLessThan(1.5);
    expect(dispersion(drawn, 10)).toBeGreaterThan(2.8);
    expect(dispersion(drawn, 10)).toBeLessThan(4.5);
    expect(dispersion(drawn, 60)).toBeGreaterThan(12);
    expect(dispersion(drawn, 60)).toBeLessThan(20);
  });

  test('gaps vary a little more than those of a Poisson process', () => {
    expect(variation(gaps(drawn))).toBeGreaterThan(1.01);
    expect(variation(gaps(drawn))).toBeLessThan(1.12);
  });
});

describe('code-azure: bursts with silences, as the Azure code trace of 2023', () => {
  // Published: rate 2.57/s, coefficient of variation 13.2; a renewal generator of these laws 13.1 to 13.3, dispersion 9/50/107–120.
  const drawn = times(code, 2.57, 200_000);

  test('the coefficient of variation of gaps is about 13', () => {
    expect(variation(gaps(drawn))).toBeGreaterThan(12);
    expect(variation(gaps(drawn))).toBeLessThan(15);
  });

  test('dispersion over 1, 10 and 60 s is about 9, 50 and 110', () => {
    for (const [windowS, published] of [
      [1, 9],
      [10, 50],
      [60, 113],
    ] as const) {
      expect(Math.abs(dispersion(drawn, windowS) / published - 1), `${windowS} s`).toBeLessThan(0.15);
    }
  });

  test('another rate keeps the coefficient of variation', () => {
    expect(variation(gaps(times(code, 25.7, 200_000))) / variation(gaps(drawn))).toBeCloseTo(1, 3);
  });
});

describe('reasoning-r1: clients of very different weight', () => {
  test('the bursty clients make gaps more uneven than Poisson, the many small ones hold it near', () => {
    const cv = variation(gaps(times(reasoning, 1.5, 100_000)));
    expect(cv).toBeGreaterThan(1.1);
    expect(cv).toBeLessThan(1.6);
  });

  test('two Poisson clients together are Poisson', () => {
    const law: ArrivalLaw = {
      process: 'clients',
      clients: [{ share: 0.2, shape: 1 }],
      poisson_share: 0.8,
      poisson_clients: 1,
    };
    expect(variation(gaps(times(law, 3, 50_000)))).toBeCloseTo(1, 1);
  });

  test('shares count relative to their sum', () => {
    const of = (share: number): ArrivalLaw => ({
      process: 'clients',
      clients: [{ share, shape: 2 }],
      poisson_share: 0,
      poisson_clients: 0,
    });
    expect(times(of(7), 3, 50)).toEqual(times(of(1), 3, 50));
  });

  test('a bursty client is stationary from the start: the expected number in the first seconds is rate × time', () => {
    const law: ArrivalLaw = {
      process: 'clients',
      clients: [{ share: 1, shape: 0.2 }],
      poisson_share: 0,
      poisson_clients: 0,
    };
    const counts = Array.from(
      { length: 4000 },
      (_, seed) => times(law, 1, 200, seed).filter((time) => time < 5e6).length,
    );
    expect(mean(counts) / 5).toBeCloseTo(1, 1);
  });

  test('shares that nobody can send are refused', () => {
    const law: ArrivalLaw = { process: 'clients', clients: [], poisson_share: 0.5, poisson_clients: 0 };
    expect(() => times(law, 1, 1)).toThrow(/poisson_clients is 0/);
    expect(() => times({ ...law, poisson_share: 0 }, 1, 1)).toThrow(/no client has a share/);
  });
});
