import { describe, expect, test } from 'vitest';
import type { Estimate } from '../../src/metrics/study-statistics.ts';
import { figureText, versusText } from '../../src/report/figure-text.ts';

const estimate = (mean: number, low: number | null = null, high: number | null = null): Estimate => ({
  ...{ mean, low, high, runs: 5, method: 'student' },
});

describe('a figure with its interval', () => {
  test('has half the width to two digits and as many decimals in the mean', () => {
    const ms = figureText('ms', [235]);
    expect(ms.estimate(estimate(235.4, 194.2, 276.6))).toBe('235 ± 41 ms');
    expect(ms.estimate(estimate(8.942, 8.69, 9.194))).toBe('8.94 ± 0.25 ms');
    expect(figureText('share', [0.97]).estimate(estimate(0.9731, 0.969, 0.9772))).toBe('97.31 ± 0.41 %');
    expect(figureText('$', [0.2]).estimate(estimate(0.2104, 0.2, 0.2208))).toBe('$0.210 ± 0.010');
    expect(figureText('count', [1234]).estimate(estimate(1234.2, 1000, 1468.4))).toBe('1,234 ± 234');
  });

  test('has the unit that suits the largest of those it is read with, in the header or behind it', () => {
    const { unit, plainEstimate } = figureText('ms', [235, 1300]);
    expect([unit, plainEstimate(estimate(235.4, 194.2, 276.6))]).toEqual(['s', '0.235 ± 0.041']);
    expect(figureText('ms', [150_000, 400_000]).estimate(estimate(150_000))).toBe('2.50 min');
    expect(figureText('ms', [null]).estimate(null)).toBe('–');
  });

  test('has both ends where the interval leans to one side, and the mean alone without one', () => {
    const ms = figureText('ms', [1280]);
    expect(ms.estimate(estimate(1280, 1200, 1500))).toBe('1.28 (1.20 to 1.50) s');
    expect(ms.estimate(estimate(1280))).toBe('1.28 s');
  });

  test('says of a width that no decimal shows that it is one, and of none that it is 0', () => {
    expect(figureText('ms', [1280]).estimate(estimate(1280, 1279.9, 1280.1))).toBe('1.280 ± < 0.001 s');
    expect(figureText('share', [1]).estimate(estimate(1, 1, 1))).toBe('100 ± 0 %');
  });
});

describe('a difference from the baseline', () => {
  const versus = (difference: Estimate, ratio: Estimate | null, significant = true) => ({
    difference,
    ratio,
    significant,
  });

  test('is told in per cent, from twice as much on as a factor', () => {
    const difference = estimate(-23, -31, -15);
    expect(versusText('ms', versus(difference, estimate(0.63, 0.58, 0.69)))).toBe('−37 % (−42 to −31 %)');
    expect(versusText('ms', versus(estimate(30, 20, 40), estimate(3.14, 2.8, 3.5)))).toBe('3.14 times (2.80 to 3.50)');
    const wide = versus(estimate(30, -20, 80), estimate(1.2, 0.0004, 38_262), false);
    expect(versusText('ms', wide)).toBe('1.20 times (0.000400 to 38,262)');
  });

  test('of shares is told in percentage points', () => {
    expect(versusText('share', versus(estimate(-0.031, -0.04, -0.022), null))).toBe('−3.1 points (−4.0 to −2.2)');
  });

  test('without a ratio is told in its unit', () => {
    expect(versusText('count', versus(estimate(3.2, -1, 7.4), null, false))).toBe('+3.20 (−1.00 to +7.40)');
    expect(versusText('$', versus(estimate(-3.2, -4, -2.4), null))).toBe('−$3.20 (−$4.00 to −$2.40)');
  });

  test('is told in its unit too where the ratio would say another thing than the verdict', () => {
    expect(versusText('ms', versus(estimate(23, -1, 47), estimate(2.8, 1.2, 6.4), false))).toBe(
      '+23.0 ms (−1.00 to +47.0)',
    );
  });

  test('of nothing is the same, and without an interval stands alone', () => {
    expect(versusText('ms', versus(estimate(0, 0, 0), estimate(1, 1, 1), false))).toBe('the same');
    expect(versusText('ms', versus(estimate(-23), estimate(0.63), false))).toBe('−37 %');
  });
});
