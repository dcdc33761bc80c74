import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/core/input-error.ts';
import { halfWidthAllowed, parsePrecision, replicationsNeeded } from '../../../src/metrics/statistics/stopping-rule.ts';

// Average delays of ten replications of a bank (Law, Simulation Modeling and Analysis, table 9.1).
const BANK = [1.53, 1.66, 1.24, 2.34, 2.0, 1.69, 2.69, 2.86, 1.7, 2.6];

describe('the number of replications that should be enough', () => {
  it('is the textbook’s: 16 for a quarter of a minute, 27 for 10 %, at 90 %', () => {
    expect(replicationsNeeded(BANK, { kind: 'absolute', amount: 0.25 }, 0.9)).toBe(16);
    expect(replicationsNeeded(BANK, { kind: 'relative', share: 0.1 }, 0.9)).toBe(27);
  });

  it('is bounded', () => {
    expect(replicationsNeeded(BANK, { kind: 'relative', share: 0.0001 }, 0.9, 500)).toBe(500);
  });
});

describe('half the width that is allowed', () => {
  it('is the bound, or so much of the mean that the error of the true mean is within it', () => {
    expect(halfWidthAllowed({ kind: 'absolute', amount: 3 }, 50)).toBe(3);
    // 10 % of the true mean: with an estimate of 110 at most 10, since the truth may be 100.
    expect(halfWidthAllowed({ kind: 'relative', share: 0.1 }, 110)).toBeCloseTo(10, 12);
    expect(halfWidthAllowed({ kind: 'relative', share: 0.1 }, -110)).toBeCloseTo(10, 12);
  });
});

describe('a precision as a study writes it', () => {
  it('is a share, a duration in microseconds or a plain number, of a metric', () => {
    expect(parsePrecision('5% of ttft_p99')).toEqual({
      precision: { kind: 'relative', share: 0.05 },
      isDuration: false,
      metric: 'ttft_p99',
    });
    expect(parsePrecision('20ms of tpot_mean')).toEqual({
      precision: { kind: 'absolute', amount: 20_000 },
      isDuration: true,
      metric: 'tpot_mean',
    });
    expect(parsePrecision(' 1% of  night-shift.goodput ').metric).toBe('night-shift.goodput');
    expect(parsePrecision('0.01 of batch.goodput')).toEqual({
      precision: { kind: 'absolute', amount: 0.01 },
      isDuration: false,
      metric: 'batch.goodput',
    });
  });

  it.each([
    '5%',
    '5 percent of ttft',
    '0% of ttft',
    '100% of ttft',
    '-1 of ttft',
    '% of ttft',
    'of ttft',
    '5% of',
    'Infinity of x',
    'ms of x',
  ])('is not "%s", and the message shows how', (text) => {
    expect(() => parsePrecision(text)).toThrow(InputError);
    expect(() => parsePrecision(text)).toThrow('such as 5% of ttft_p99');
  });
});
