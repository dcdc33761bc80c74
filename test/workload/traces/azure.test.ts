import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/core/input-error.ts';
import { azureReader } from '../../../src/workload/traces/azure.ts';

const place = { name: 'conv.csv', line: 7 };

/** Times of rows after the first, in µs. */
function timesUs(...stamps: string[]): number[] {
  const read = azureReader();
  return stamps.map((stamp) => read(`${stamp},10,5`, place).timeUs);
}

describe('an Azure row', () => {
  test('gives time, prompt and output tokens', () => {
    expect(azureReader()('2023-11-16 18:15:46.6805900,374,44', place)).toEqual({
      place,
      timeUs: 0,
      promptTokens: 374,
      outputTokens: 44,
      blockIds: null,
    });
  });

  test('keeps microseconds that a millisecond date would lose', () => {
    // 50.9951690 - 46.6805900 = 4.3145790 s
    expect(timesUs('2023-11-16 18:15:46.6805900', '2023-11-16 18:15:50.9951690')).toEqual([0, 4_314_579]);
    expect(timesUs('2023-11-16 18:15:46.0000000', '2023-11-16 18:15:46.0000014')).toEqual([0, 1]);
  });

  test('crosses midnight, months and leap days', () => {
    expect(timesUs('2023-12-31 23:59:59.5', '2024-01-01 00:00:00.25')).toEqual([0, 750_000]);
    expect(timesUs('2024-02-28 12:00:00', '2024-03-01 12:00:00')).toEqual([0, 2 * 86_400e6]);
  });

  test('may have a zone, as the files of 2024 do', () => {
    expect(timesUs('2024-05-10 00:00:00.009930+00:00', '2024-05-10 00:00:00.011335+00:00')).toEqual([0, 1405]);
    expect(timesUs('2024-05-10 00:00:00Z', '2024-05-10 02:00:01+02:00', '2024-05-09 20:00:02-04:00')).toEqual([
      0, 1e6, 2e6,
    ]);
  });

  test('any two stamps are as far apart as their seconds and 100-ns fractions say', () => {
    const moment = fc.record({ s: fc.integer({ min: 0, max: 86_399 }), f: fc.integer({ min: 0, max: 9_999_999 }) });
    const stamp = ({ s, f }: { s: number; f: number }) =>
      `2023-11-16 ${new Date(s * 1e3).toISOString().slice(11, 19)}.${String(f).padStart(7, '0')}`;
    fc.assert(
      fc.property(moment, moment, (a, b) => {
        expect(Math.abs(timesUs(stamp(a), stamp(b))[1]! - ((b.s - a.s) * 1e7 + b.f - a.f) / 10)).toBeLessThanOrEqual(
          0.5,
        );
      }),
    );
  });
});

describe('a broken row is an error that says where, what was read and what is expected', () => {
  const stamp = '2023-11-16 18:15:46.6805900';
  const cases: [string, string, RegExp][] = [
    ['too few columns', `${stamp},374`, /2 columns; expected 3: TIMESTAMP,ContextTokens,GeneratedTokens/],
    ['too many columns', `${stamp},374,44,1`, /4 columns/],
    ['quotes', `"${stamp}",374,44`, /no quotes/],
    ['no stamp', `yesterday,374,44`, /TIMESTAMP is "yesterday"; expected a date and time like 2023-11-16/],
    ['a month that does not exist', '2023-13-01 00:00:00,374,44', /TIMESTAMP is/],
    ['a day that does not exist', '2023-02-29 00:00:00,374,44', /TIMESTAMP is/],
    ['an hour that does not exist', '2023-02-28 24:00:00,374,44', /TIMESTAMP is/],
    ['a fraction of a token', `${stamp},374.5,44`, /ContextTokens is "374.5"; expected a whole number of tokens/],
    ['a negative count', `${stamp},374,-1`, /GeneratedTokens is "-1"/],
    ['no count', `${stamp},374,`, /GeneratedTokens is ""/],
    ['a count beyond exact integers', `${stamp},99999999999999999999,4`, /ContextTokens is/],
  ];
  test.each(cases)('%s', (_, text, message) => {
    expect(() => azureReader()(text, place)).toThrow(InputError);
    expect(() => azureReader()(text, place)).toThrow(message);
    expect(() => azureReader()(text, place)).toThrow(/^conv\.csv:7: /);
  });

  test('no text crashes the reader', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          azureReader()(text, place);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
    );
  });
});
