import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  beta,
  choice,
  exponential,
  gamma,
  gammaResidual,
  lognormal,
  lognormalMean,
  mixture,
  normal,
  type Sampler,
  zipf,
} from '../../src/core/distributions.ts';
import { type Rng, randomStreams } from '../../src/core/random.ts';

const DRAWS = 50_000;

function stream(): Rng {
  return randomStreams(7)('test');
}

function sample(draw: Sampler): number[] {
  return Array.from({ length: DRAWS }, draw);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const m = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - m) ** 2)));
}

function shareBelow(values: readonly number[], x: number): number {
  return values.filter((value) => value < x).length / values.length;
}

describe('each law has the mean, spread and distribution function of the textbook', () => {
  test('exponential: mean m, P(X < m ln 2) = 1/2', () => {
    const values = sample(exponential(stream(), 3));
    expect(mean(values) / 3).toBeCloseTo(1, 1);
    expect(shareBelow(values, 3 * Math.LN2)).toBeCloseTo(0.5, 2);
  });

  test('normal: mean and standard deviation as given, 68.3 % within one deviation', () => {
    const values = sample(normal(stream(), 10, 2));
    expect(mean(values)).toBeCloseTo(10, 1);
    expect(deviation(values)).toBeCloseTo(2, 1);
    expect(shareBelow(values, 12) - shareBelow(values, 8)).toBeCloseTo(0.683, 2);
  });

  test('lognormal: median exp(mu), mean exp(mu + sigma²/2)', () => {
    const values = sample(lognormal(stream(), 5, 0.5));
    expect(shareBelow(values, Math.exp(5))).toBeCloseTo(0.5, 2);
    expect(mean(values) / Math.exp(5.125)).toBeCloseTo(1, 1);
    expect(lognormalMean(5, 0.5)).toBeCloseTo(Math.exp(5.125), 9);
  });

  test('gamma: mean as given, coefficient of variation 1/√shape', () => {
    for (const shape of [0.3, 1, 4]) {
      const values = sample(gamma(stream(), shape, 2));
      expect(mean(values) / 2).toBeCloseTo(1, 1);
      expect((deviation(values) / mean(values)) * Math.sqrt(shape)).toBeCloseTo(1, 1);
    }
  });

  test('gamma of shape 1 is the exponential', () => {
    expect(shareBelow(sample(gamma(stream(), 1, 3)), 3 * Math.LN2)).toBeCloseTo(0.5, 2);
  });

  test('beta: mean alpha / (alpha + beta), within [0, 1]', () => {
    const values = sample(beta(stream(), 4.64, 1.22));
    expect(mean(values)).toBeCloseTo(4.64 / 5.86, 2);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(values.every((value) => value <= 1)).toBe(true);
  });

  test('the residual gap of a renewal process has mean (1 + cv²) / 2 times the mean gap', () => {
    const shape = 0.3;
    expect(mean(sample(gammaResidual(stream(), shape, 2))) / (1 + 1 / shape)).toBeCloseTo(1, 1);
  });
});

describe('choices and mixtures follow their weights, which need not sum to 1', () => {
  test('choice draws each index in proportion', () => {
    const values = sample(choice(stream(), [1, 0, 3]));
    expect(values.filter((value) => value === 0).length / DRAWS).toBeCloseTo(0.25, 2);
    expect(values.filter((value) => value === 1)).toEqual([]);
  });

  test('choice never draws a weight of zero, at the edges of the unit interval neither', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 1 }), fc.constantFrom(0, 0.5, 1 - 2 ** -53), (weights, u) => {
        fc.pre(weights.some((weight) => weight > 0));
        expect(weights[choice(() => u, weights)()]).toBeGreaterThan(0);
      }),
    );
  });

  test('mixture draws from its parts', () => {
    const values = sample(
      mixture(stream(), [
        { weight: 9, draw: () => 1 },
        { weight: 1, draw: () => 11 },
      ]),
    );
    expect(mean(values)).toBeCloseTo(2, 1);
  });
});

test('the same stream gives the same draws', () => {
  const draws = () => Array.from({ length: 20 }, gamma(stream(), 0.35, 1));
  expect(draws()).toEqual(draws());
});

describe("Zipf's law", () => {
  test('draws 1 to size with chances in proportion to k^-exponent', () => {
    const draws = sample(zipf(stream(), 4, 2));
    const total = 1 + 1 / 4 + 1 / 9 + 1 / 16;
    for (const k of [1, 2, 3, 4]) {
      const seen = draws.filter((value) => value === k).length / DRAWS;
      expect(Math.abs(seen - k ** -2 / total)).toBeLessThan(0.01);
    }
    expect(draws.every((value) => value >= 1 && value <= 4)).toBe(true);
  });

  test('is uniform with exponent 0', () => {
    const draws = sample(zipf(stream(), 5, 0));
    expect(mean(draws)).toBeCloseTo(3, 1);
  });
});
