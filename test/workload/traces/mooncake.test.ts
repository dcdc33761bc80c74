import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/core/input-error.ts';
import { blockSpans, mooncakeReader } from '../../../src/workload/traces/mooncake.ts';

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

describe('the blocks of a prompt', () => {
  const segments = (ids: number[], tokens: number) => blockSpans(ids, tokens).map(({ segment }) => segment);

  test('are 512 tokens each, the last one what is left', () => {
    expect(blockSpans([0, 17, 18], 1200).map(({ tokens }) => tokens)).toEqual([512, 512, 176]);
    expect(blockSpans([0, 17], 1024).map(({ tokens }) => tokens)).toEqual([512, 512]);
  });

  test('are shared where ids are equal', () => {
    expect(segments([5, 6], 1024)).toEqual(segments([5, 6], 1024));
    expect(segments([5, 6], 1024)[0]).toBe(segments([5, 9], 1000)[0]);
  });

  test('are not shared where a partial block has another length, even under the same id', () => {
    expect(segments([5, 6], 700)[1]).toBe(segments([5, 6], 700)[1]);
    expect(segments([5, 6], 700)[1]).not.toBe(segments([5, 6], 701)[1]);
    expect(segments([5, 6], 700)[1]).not.toBe(segments([5, 6], 1024)[1]);
  });

  test('have odd segment numbers, different for every pair of id and length', () => {
    const block = fc.tuple(fc.nat(2 ** 42), fc.integer({ min: 1, max: 512 }));
    fc.assert(
      fc.property(block, block, ([idA, tokensA], [idB, tokensB]) => {
        const [a, b] = [segments([idA], tokensA)[0]!, segments([idB], tokensB)[0]!];
        expect(a % 2 === 1 && Number.isSafeInteger(a)).toBe(true);
        expect(a === b).toBe(idA === idB && tokensA === tokensB);
      }),
    );
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
