import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDuration,
  parseDurationUs,
  parseTokenCount,
  threeDigits,
} from '../../src/core/units.ts';

describe('parseDurationUs', () => {
  test.each([
    ['2s', 2_000_000],
    ['60ms', 60_000],
    ['0.3ms', 300],
    ['250us', 250],
    ['10m', 600_000_000],
    ['1.5h', 5_400_000_000],
    ['1d', 86_400_000_000],
    ['3', 3_000_000],
    [0.25, 250_000],
    [0, 0],
  ])('reads %s as %d microseconds', (text, us) => {
    expect(parseDurationUs(text)).toBe(us);
  });

  test.each(['', 'fast', '-1s', '1h30m', '5 parsecs', '1MS', 'Infinity', '1e400'])('refuses %j', (text) => {
    expect(() => parseDurationUs(text)).toThrow('is not a duration; expected a number with us, ms, s, m, h or d');
  });

  test('rounds to whole microseconds', () => {
    expect(parseDurationUs('0.0000006s')).toBe(1);
    expect(parseDurationUs(0.1)).toBe(100_000);
  });

  test('reads back any whole number of microseconds', () => {
    fc.assert(fc.property(fc.nat(), (us) => parseDurationUs(`${us}us`) === us));
  });
});

describe('parseTokenCount', () => {
  test.each([
    ['32768', 32_768],
    ['32k', 32_000],
    ['32K', 32_768],
    ['1.5m', 1_500_000],
    ['2M', 2_097_152],
    ['25.6k', 25_600],
    ['1G', 1_073_741_824],
    [8192, 8192],
  ])('reads %s as vLLM does: %d', (text, count) => {
    expect(parseTokenCount(text)).toBe(count);
  });

  test('refuses a decimal with a binary suffix and says which was meant', () => {
    expect(() => parseTokenCount('1.5K')).toThrow('"1.5K" mixes a decimal with a binary suffix; did you mean 1.5k?');
  });

  test.each(['many', '-1', '1.5', '', 'k'])('refuses %j', (text) => {
    expect(() => parseTokenCount(text)).toThrow('is not a whole number');
  });
});

describe('formatting', () => {
  test.each([
    [1_284_000, '1.28 s'],
    [31_400, '31.4 ms'],
    [250, '250 µs'],
    [999.96, '1.00 ms'],
    [999_960, '1.00 s'],
    [90_000_000, '90.0 s'],
    [150_000_000, '2.50 min'],
    [3 * 3600e6, '3.00 h'],
    [3 * 86_400e6, '3.00 d'],
    [0, '0 s'],
    [0.5, '0.500 µs'],
    [Number.NaN, '–'],
    [Number.POSITIVE_INFINITY, '∞'],
  ])('a duration of %d µs is written %s', (us, text) => {
    expect(formatDuration(us)).toBe(text);
  });

  test.each([
    [0, '0 B'],
    [512, '512 B'],
    [1024, '1.00 KiB'],
    [39_836_320_563, '37.1 GiB'],
    [2 ** 40, '1.00 TiB'],
    [1023.9 * 2 ** 20, '1.00 GiB'],
  ])('%d bytes are written %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test.each([
    [0, '0'],
    [999, '999'],
    [1_234_567, '1,234,567'],
    [-1_234.4, '-1,234'],
    [-0.2, '0'],
  ])('the count %d is written %s', (count, text) => {
    expect(formatCount(count)).toBe(text);
  });

  test.each([
    [1.005, '1.00'],
    [9.996, '10.0'],
    [99.96, '100'],
    [0.012345, '0.0123'],
    [0.0009996, '0.00100'],
    [123.4, '123'],
    [12_345, '12,345'],
    [-2.5, '-2.50'],
  ])('%d to three digits is %s', (value, text) => {
    expect(threeDigits(value)).toBe(text);
  });

  test('three digits stay within half a percent of the value', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (value) => {
        const shown = Number(threeDigits(value).replaceAll(',', ''));
        expect(Math.abs(shown - value) / value).toBeLessThanOrEqual(0.00501);
      }),
    );
  });
});
