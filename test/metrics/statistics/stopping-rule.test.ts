import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/core/input-error.ts';
import { randomStreams } from '../../../src/core/random.ts';
import {
  parsePrecision,
  replicationsNeeded,
  type StoppingRule,
  stopping,
} from '../../../src/metrics/statistics/stopping-rule.ts';
import { exponential, lindley, meanOf } from './lindley.ts';

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

describe('the stopping rule', () => {
  const tenPercent: StoppingRule = { precision: { kind: 'relative', share: 0.1 }, level: 0.9 };

  it('asks for ten replications before it looks', () => {
    expect(stopping([], tenPercent)).toMatchObject({ kind: 'more', replications: 10, interval: null });
    expect(stopping([1, 1, 1], tenPercent)).toMatchObject({ kind: 'more', replications: 10 });
  });

  it('asks for as many more as should be enough', () => {
    const answer = stopping(BANK, tenPercent);
    expect(answer).toMatchObject({ kind: 'more', replications: 27 });
    // t(0.95, 9) = 1.833 and S² = 0.31: 1.833 √0.031 / 2.031 = 0.159; γ / (1 + γ) = 0.0909.
    expect(answer.because).toBe(
      'half the 90 % interval of 10 replications is 15.9 % of the mean, not within 9.09 % (for an error of 10 % of the true mean): about 27 are needed',
    );
  });

  it('ends with the first number of replications that is enough, however many there are', () => {
    const values = [...BANK, ...Array.from({ length: 90 }, (_, i) => BANK[i % 10]!)];
    const answer = stopping(values, tenPercent);
    expect(answer.kind).toBe('enough');
    const { replications } = answer;
    expect(stopping(values.slice(0, replications), tenPercent)).toEqual(answer);
    expect(stopping(values.slice(0, replications - 1), tenPercent).kind).toBe('more');
  });

  it('says so where the most that are allowed are not enough', () => {
    const answer = stopping(BANK, { ...tenPercent, most: 10 });
    expect(answer).toMatchObject({ kind: 'limit', replications: 10 });
    expect(answer.because).toContain('10 replications are not enough');
  });

  it('takes an absolute bound in the unit of the values', () => {
    expect(stopping(BANK, { precision: { kind: 'absolute', amount: 0.33 }, level: 0.9 })).toMatchObject({
      kind: 'enough',
      replications: 10,
    });
  });

  it('never ends for a relative bound on values that are zero on average and differ', () => {
    const values = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    expect(stopping(values, { ...tenPercent, most: 20 }).kind).toBe('limit');
  });

  it('is not changed by how many replications ran at a time', () => {
    const seeds = fc.nat(1000);
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 40 }), (seed, atATime) => {
        const rng = randomStreams(seed)('values');
        const values = Array.from({ length: 200 }, () => 1 + exponential(rng));
        const rule: StoppingRule = { precision: { kind: 'relative', share: 0.2 }, most: 200 };
        const ends = (step: number) => {
          for (let n = step; ; n += step) {
            const answer = stopping(values.slice(0, n), rule);
            if (answer.kind !== 'more') return answer;
          }
        };
        expect(ends(atATime)).toEqual(ends(1));
      }),
    );
  });

  it('keeps its promise on a queue: the error is within 10 % in 90 to 100 of 100 studies at 95 %', () => {
    const load = 0.5;
    const truth = load / (1 - load);
    let within = 0;
    for (let study = 0; study < 100; study++) {
      const rng = randomStreams(study)('study');
      const values: number[] = [];
      for (;;) {
        const answer = stopping(values, { precision: { kind: 'relative', share: 0.1 } });
        if (answer.kind !== 'more') {
          if (Math.abs(answer.interval.mean / truth - 1) <= 0.1) within++;
          break;
        }
        while (values.length < answer.replications) values.push(meanOf(lindley(rng, load, 1000).waits));
      }
    }
    expect(within).toBeGreaterThanOrEqual(90);
  });
});

describe('a precision as a study writes it', () => {
  it('is a share, a duration in microseconds or a plain number, of a metric', () => {
    expect(parsePrecision('5% of ttft_p99')).toEqual({
      precision: { kind: 'relative', share: 0.05 },
      metric: 'ttft_p99',
    });
    expect(parsePrecision('20ms of tpot_mean')).toEqual({
      precision: { kind: 'absolute', amount: 20_000 },
      metric: 'tpot_mean',
    });
    expect(parsePrecision('0.01 of sim.goodput_share')).toEqual({
      precision: { kind: 'absolute', amount: 0.01 },
      metric: 'sim.goodput_share',
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
