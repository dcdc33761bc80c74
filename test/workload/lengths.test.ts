import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LengthLaw } from '../../src/config/resolved.ts';
import { InputError } from '../../src/core/input-error.ts';
import { randomStreams } from '../../src/core/random.ts';
import { lengthSampler, tokenSampler } from '../../src/workload/lengths.ts';
import { bundled, correlation, mean, quantile } from './support.ts';

function draws(law: LengthLaw, count = 20_000, seed = 1): number[] {
  return Array.from({ length: count }, tokenSampler(law, randomStreams(seed)('lengths')));
}

describe('a law of token counts', () => {
  test('constant is always that many', () => {
    expect(draws({ constant: 77 }, 3)).toEqual([77, 77, 77]);
  });

  test('uniform takes every whole number from min to max equally often', () => {
    const values = draws({ uniform: { min: 3, max: 6 } });
    for (const tokens of [3, 4, 5, 6]) {
      expect(values.filter((value) => value === tokens).length / values.length).toBeCloseTo(0.25, 1);
    }
    expect(new Set(values).size).toBe(4);
  });

  test('lognormal by mu has the median exp(mu); by mean it has that mean', () => {
    expect(quantile(draws({ lognormal: { mu: Math.log(500), sigma: 0.6 } }), 50) / 500).toBeCloseTo(1, 1);
    expect(mean(draws({ lognormal: { mean: 500, sigma: 0.6 } })) / 500).toBeCloseTo(1, 1);
  });

  test('a mixture draws from each part in proportion to its weight', () => {
    const values = draws({
      mixture: [
        { weight: 3, mu: Math.log(10), sigma: 0 },
        { weight: 1, mu: Math.log(1000), sigma: 0 },
      ],
    });
    expect(values.filter((value) => value === 10).length / values.length).toBeCloseTo(0.75, 1);
  });

  test('every draw is a whole number within its bounds, and at least one token', () => {
    const bounds = fc
      .tuple(fc.integer({ min: 1, max: 100 }), fc.nat(1000))
      .map(([min, more]) => ({ min, max: min + more }));
    fc.assert(
      fc.property(bounds, fc.double({ min: -5, max: 12, noNaN: true }), fc.nat(), ({ min, max }, mu, seed) => {
        const law = { lognormal: { mu, sigma: 2 }, min, max };
        expect(draws(law, 50, seed).every((value) => Number.isInteger(value) && value >= min && value <= max)).toBe(
          true,
        );
      }),
    );
    expect(draws({ lognormal: { mu: -9, sigma: 0 } }, 2)).toEqual([1, 1]);
  });

  test('bounds that cross are refused', () => {
    expect(() => draws({ lognormal: { mu: 1, sigma: 1 }, min: 9, max: 8 })).toThrow(InputError);
    expect(() => draws({ uniform: { min: 9, max: 8 } })).toThrow(/min is 9 and max is 8/);
  });
});

describe('lengths of a request', () => {
  test('a pair of laws draws prompt and output independently', () => {
    const law: LengthLaw = { lognormal: { mu: 6, sigma: 1 } };
    const next = lengthSampler({ input: law, output: law }, randomStreams(1));
    const pairs = Array.from({ length: 20_000 }, next);
    expect(
      correlation(
        pairs.map((p) => Math.log(p.promptTokens)),
        pairs.map((p) => Math.log(p.outputTokens)),
      ),
    ).toBeCloseTo(0, 1);
  });

  test('changing one law of a pair leaves the draws of the other', () => {
    const output: LengthLaw = { lognormal: { mu: 6, sigma: 1 } };
    const outputs = (input: LengthLaw) => {
      const next = lengthSampler({ input, output }, randomStreams(1));
      return Array.from({ length: 50 }, () => next().outputTokens);
    };
    expect(outputs({ constant: 5 })).toEqual(outputs({ lognormal: { mu: 3, sigma: 2 } }));
  });

  test('a joint part has the correlation that it states', () => {
    for (const stated of [-0.8, 0, 0.6]) {
      const joint = [
        { weight: 1, mu: [9, 8] as [number, number], sigma: [0.5, 0.7] as [number, number], correlation: stated },
      ];
      const wide = { min: 1, max: 1e9 };
      const next = lengthSampler({ joint, input: wide, output: wide }, randomStreams(3));
      const pairs = Array.from({ length: 20_000 }, next);
      const logs = [pairs.map((p) => Math.log(p.promptTokens)), pairs.map((p) => Math.log(p.outputTokens))] as const;
      expect(correlation(...logs)).toBeCloseTo(stated, 1);
      expect(mean(logs[0])).toBeCloseTo(9, 1);
      expect(mean(logs[1])).toBeCloseTo(8, 1);
    }
  });

  test('a joint law keeps the bounds of both sides', () => {
    const { lengths } = bundled('chat-azure');
    const next = lengthSampler(lengths, randomStreams(1));
    for (let i = 0; i < 5000; i++) {
      const { promptTokens, outputTokens } = next();
      expect(promptTokens >= 2 && promptTokens <= 14_050 && outputTokens >= 7 && outputTokens <= 1000).toBe(true);
    }
  });
});
