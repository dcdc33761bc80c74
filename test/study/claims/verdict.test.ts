import { describe, expect, it } from 'vitest';
import { numberOutcome, type Outcome } from '../../../src/study/claims/case-results.ts';
import { judge, overall, rangeOf } from '../../../src/study/claims/verdict.ts';

const numbers = (...values: number[]) => values.map(numberOutcome);
const verdictOf = (outcomes: Outcome[], low: number, high: number) => judge(outcomes, 1, { low, high }).verdict;

describe('the claimed range', () => {
  it('is what is claimed, wider by the tolerance', () => {
    expect(rangeOf(10, 0.05)).toEqual({ low: 9.5, high: 10.5 });
    expect(rangeOf({ from: 10, to: 20 }, 0.1)).toEqual({ low: 9, high: 22 });
    expect(rangeOf({ at_least: 10 }, 0)).toEqual({ low: 10, high: Number.POSITIVE_INFINITY });
    expect(rangeOf({ at_most: 10 }, 0.1)).toEqual({ low: Number.NEGATIVE_INFINITY, high: 11 });
    expect(rangeOf(true, 0)).toEqual({ low: 1, high: 1 });
  });
});

describe('a figure', () => {
  it('holds inside the range and fails outside', () => {
    expect(verdictOf(numbers(2), 1, 3)).toBe('holds');
    expect(verdictOf(numbers(1), 1, 3)).toBe('holds');
    expect(verdictOf(numbers(4), 1, 3)).toBe('fails');
  });

  it('with its whole interval: one that reaches across a bound settles nothing', () => {
    // 1.9, 2, 2.1: half width 4.303 × 0.1 / √3 = 0.248.
    expect(verdictOf(numbers(1.9, 2, 2.1), 1.7, 2.3)).toBe('holds');
    expect(verdictOf(numbers(1.9, 2, 2.1), 1.8, 2.3)).toBe('open');
    expect(verdictOf(numbers(1.9, 2, 2.1), 2.3, 3)).toBe('fails');
  });

  it('that is a ratio is judged by its logarithm, so that its interval stays above 0', () => {
    // 1/8, 1 and 8: logarithms -ln 8, 0, ln 8; half width 4.303 ln 8 / √3.
    const half = (4.302653 * Math.log(8)) / Math.sqrt(3);
    const { figure } = judge(numbers(1 / 8, 1, 8), 1, null, true);
    expect(figure?.mean).toBeCloseTo(1, 12);
    expect(Math.log(figure!.high!)).toBeCloseTo(half, 5);
    expect(figure!.low!).toBeCloseTo(1 / figure!.high!, 12);
    expect(judge(numbers(1 / 8, 1, 8), 1, null).figure!.low!).toBeLessThan(0);
    expect(judge(numbers(0, 1, 8), 1, null, true).figure?.mean).toBe(3);
  });

  it('is in the unit of the claim', () => {
    expect(judge(numbers(3e9), 1e9, { low: 3, high: 3 }).verdict).toBe('holds');
  });

  it('fails where the server does not come up, and is open where nothing is known, in one seed too', () => {
    expect(judge([{ kind: 'impossible', because: 'no memory' }], 1, { low: 0, high: 1 })).toEqual({
      verdict: 'fails',
      because: 'no memory',
      figure: null,
    });
    const some: Outcome[] = [...numbers(1), { kind: 'missing', because: 'not measured' }];
    expect(judge(some, 1, { low: 0, high: 2 })).toMatchObject({
      verdict: 'open',
      because: 'not measured (1 of 2 seeds)',
    });
  });

  it('without a claim is shown and judges nothing', () => {
    expect(judge(numbers(1), 1, null).verdict).toBe('shown');
  });
});

describe('a claim', () => {
  it('fails with any of its parts, is open with any that is, and holds with all', () => {
    expect(overall(['holds', 'shown', 'holds'])).toBe('holds');
    expect(overall(['holds', 'open', 'fails'])).toBe('fails');
    expect(overall(['holds', 'open'])).toBe('open');
    expect(overall(['shown'])).toBe('open');
  });
});
