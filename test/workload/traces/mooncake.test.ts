import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/core/input-error.ts';
import { mooncakeReader } from '../../../src/workload/traces/mooncake.ts';

const place = { name: 'conv.jsonl', line: 3 };

function row(fields: Record<string, unknown> = {}): string {
  return JSON.stringify({ timestamp: 3000, input_length: 1200, output_length: 52, hash_ids: [0, 17, 18], ...fields });
}

describe('a Mooncake row', () => {
  test('gives time, tokens and block ids', () => {
    expect(mooncakeReader()(row(), place)).toEqual({
      place,
      timeUs: 0,
      promptTokens: 1200,
      outputTokens: 52,
      blockIds: [0, 17, 18],
    });
  });

  test('counts time in milliseconds from the first row', () => {
    const read = mooncakeReader();
    expect([27_482, 30_535].map((timestamp) => read(row({ timestamp }), place).timeUs)).toEqual([0, 3_053_000]);
  });
});

describe('a broken row is an error that says where, what was read and what is expected', () => {
  const cases: [string, string, RegExp][] = [
    ['no JSON', '{"timestamp": 0,', /which is not JSON/],
    ['no object', '[0, 1]', /expected one object with timestamp, input_length, output_length, hash_ids/],
    ['no time', row({ timestamp: undefined }), /timestamp is missing; expected a whole number of milliseconds/],
    ['seconds', row({ timestamp: 0.061 }), /timestamp is 0.061/],
    ['a text for a time', row({ timestamp: '3000' }), /timestamp is "3000"/],
    ['a fraction of a token', row({ input_length: 1.5 }), /input_length is 1.5; expected a whole number of tokens/],
    ['a negative count', row({ output_length: -3 }), /output_length is -3/],
    ['no ids', row({ hash_ids: undefined }), /hash_ids is missing; expected a list/],
    ['too few ids', row({ hash_ids: [0, 17] }), /2 ids; a prompt of 1200 tokens has 3 blocks of 512/],
    ['too many ids', row({ hash_ids: [0, 17, 18, 19] }), /4 ids/],
    ['an id that is no number', row({ hash_ids: [0, 17, 'x'] }), /hash_ids\[2\] is "x"/],
    ['a negative id', row({ hash_ids: [0, -1, 2] }), /hash_ids\[1\] is -1/],
    ['an id twice in a row', row({ hash_ids: [0, 17, 17] }), /hash_ids\[2\] repeats 17/],
  ];
  test.each(cases)('%s', (_, text, message) => {
    expect(() => mooncakeReader()(text, place)).toThrow(InputError);
    expect(() => mooncakeReader()(text, place)).toThrow(message);
    expect(() => mooncakeReader()(text, place)).toThrow(/^conv\.jsonl:3: /);
  });

  test('no JSON value crashes the reader', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(() => mooncakeReader()(text, place)).toThrow(InputError);
      }),
    );
  });
});
