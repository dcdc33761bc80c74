import { describe, expect, test } from 'vitest';
import { commonDuration, count, duration, listed, number, percent, plural } from '../../src/report/format.ts';

test('numbers have three significant digits, durations the unit that suits them', () => {
  expect([number(0.41234), number(41.234), duration(412.3), duration(1284)]).toEqual([
    '0.412',
    '41.2',
    '412 ms',
    '1.28 s',
  ]);
});

test('counts are written in full', () => {
  expect(count(1_234_567)).toBe('1,234,567');
});

test('what was not measured is a dash', () => {
  expect([number(null), count(null), duration(null), percent(null)]).toEqual(['–', '–', '–', '–']);
});

describe('percent', () => {
  test('has one decimal', () => {
    expect(percent(0.9734)).toBe('97.3 %');
  });

  test('reads 100 % only for all and 0 % only for none', () => {
    expect([percent(1), percent(0.9999), percent(0), percent(0.00001)]).toEqual([
      '100 %',
      '> 99.9 %',
      '0 %',
      '< 0.1 %',
    ]);
  });
});

describe('durations below each other', () => {
  test('have one unit: seconds as soon as one of them needs it', () => {
    expect([246, 110_000].map(commonDuration([246, 110_000, null]))).toEqual(['0.246 s', '110 s']);
    expect([24.6, 999].map(commonDuration([24.6, 999]))).toEqual(['24.6 ms', '999 ms']);
  });

  test('are minutes only where all are long', () => {
    expect([145_200, 600_000].map(commonDuration([145_200, 600_000]))).toEqual(['2.42 min', '10.0 min']);
    expect(commonDuration([145_200, 110_000])(145_200)).toBe('145 s');
  });

  test('leave out what is infinite or was not measured', () => {
    const format = commonDuration([50, Number.POSITIVE_INFINITY, null]);
    expect([format(50), format(Number.POSITIVE_INFINITY), format(null)]).toEqual(['50.0 ms', '∞', '–']);
  });
});

test('lists read as in a sentence', () => {
  expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a and b',
    'a, b and c',
  ]);
  expect([plural(1, 'run'), plural(2000, 'run')]).toEqual(['1 run', '2,000 runs']);
});
