import fc from 'fast-check';
import { expect, it } from 'vitest';
import { profileAttention } from '../../../src/latency/profile/profile-attention.ts';
import { batch, decodes } from '../fixtures.ts';
import { addedUs, chunkUs, DENSE_FILES, decodeUs, MIXED_ALPHA, profile, SKEWED_FILES } from './fixtures.ts';

const flat = profileAttention(profile());
const skewed = profileAttention(profile(SKEWED_FILES));

it('prices decodes of equal contexts by the table between its points', () => {
  expect(flat.us(decodes(10, 300))).toBeCloseTo(decodeUs(10, 300), 9);
});

it('moves decodes of unequal contexts towards as many of the longest by the share of their bucket', () => {
  // Mean 300, longest 500; 0.2 for up to 16 requests.
  const shape = batch([100, 300, 500], []);
  expect(skewed.us(shape)).toBeCloseTo(decodeUs(3, 300) + 0.2 * (decodeUs(3, 500) - decodeUs(3, 300)), 9);
});

it('takes the mean alone without a table of skew', () => {
  expect(flat.us(batch([100, 300, 500], []))).toBeCloseTo(decodeUs(3, 300), 9);
});

it('adds up the chunks of a step', () => {
  expect(
    flat.us(
      batch(
        [],
        [
          [48, 0],
          [200, 512],
        ],
      ),
    ),
  ).toBeCloseTo(chunkUs(48, 0) + chunkUs(200, 512), 9);
});

it('charges decodes beside chunks what they added to a chunk, not their own kernel', () => {
  const shape = batch(
    [300, 300],
    [
      [48, 0],
      [200, 512],
    ],
  );
  expect(flat.us(shape)).toBeCloseTo(chunkUs(48, 0) + chunkUs(200, 512) + addedUs(2, 300), 9);
});

it('uses the pooled share of skew beside chunks', () => {
  const uniform = addedUs(2, 300);
  expect(skewed.us(batch([100, 500], [[48, 0]]))).toBeCloseTo(
    chunkUs(48, 0) + uniform + MIXED_ALPHA * (addedUs(2, 500) - uniform),
    9,
  );
});

it('makes a chunk longer than any measured of the longest, each after the ones before', () => {
  // 1100 = 512 + 512 + 76.
  expect(flat.us(batch([], [[1100, 0]]))).toBeCloseTo(chunkUs(512, 0) + chunkUs(512, 512) + chunkUs(76, 1024), 9);
});

it('goes on beyond the longest prefix and the longest context', () => {
  expect(flat.us(batch([], [[128, 4000]]))).toBeCloseTo(chunkUs(128, 4000), 9);
  expect(flat.us(decodes(4, 5000))).toBeCloseTo(decodeUs(4, 5000), 9);
  expect(flat.us(decodes(200, 128))).toBeCloseTo(decodeUs(200, 128), 9);
});

it('prices a chunk shorter than any measured as the shortest', () => {
  expect(flat.us(batch([], [[3, 128]]))).toBeCloseTo(chunkUs(16, 128), 9);
});

it('lets each decode beyond the largest batch beside a chunk add what one adds in the next smaller', () => {
  const rows = DENSE_FILES['tp1/attention.csv']!.split('\n').map((line) => {
    const [tokens, cached, n, context, us] = line.split(',').map(Number);
    if (!(tokens! > 0 && n === 16)) return line;
    // The largest batch is three times as slow as the law says.
    return [tokens, cached, n, context, us! + 2 * addedUs(16, context!)].join(',');
  });
  const thrashed = profileAttention(profile({ ...DENSE_FILES, 'tp1/attention.csv': rows.join('\n') }));
  const shape = { ...decodes(20, 128), chunkTokens: [128], chunkCachedTokens: [0] };
  expect(thrashed.us(shape)).toBeCloseTo(chunkUs(128, 0) + 3 * addedUs(16, 128) + addedUs(4, 128), 9);
});

it.each([
  ['decodes within', decodes(64, 1024), false],
  ['more decodes', decodes(65, 1024), true],
  ['longer contexts', decodes(4, 1025), true],
  ['one longer context', batch([16, 1025], []), true],
  ['a chunk within', batch([], [[512, 1024]]), false],
  ['a longer chunk', batch([], [[513, 0]]), true],
  ['a shorter chunk', batch([], [[15, 0]]), true],
  ['a longer prefix', batch([], [[128, 1025]]), true],
  [
    'chunks that are longer together',
    batch(
      [],
      [
        [300, 0],
        [300, 0],
      ],
    ),
    true,
  ],
  ['decodes beside a chunk within', batch([200, 200], [[128, 0]]), false],
  [
    'more decodes beside a chunk',
    batch(
      Array.from({ length: 17 }, () => 200),
      [[128, 0]],
    ),
    true,
  ],
])('says whether a batch was measured: %s', (_, shape, outside) => {
  expect(flat.outside(shape)).toBe(outside);
});

it('depends for decodes on their number, sum, shortest and longest context alone', () => {
  const context = fc.integer({ min: 1, max: 3000 });
  fc.assert(
    fc.property(fc.array(context, { minLength: 4, maxLength: 40 }), (contexts) => {
      const sorted = [...contexts].sort((a, b) => a - b);
      const [shortest, longest] = [sorted[0]!, sorted.at(-1)!];
      const moved = [...sorted];
      // One token from one of the middle to another: all four integers stay.
      if (moved[1]! <= shortest || moved[2]! >= longest) return;
      moved[1]!--;
      moved[2]!++;
      expect(skewed.us(batch(moved, []))).toBe(skewed.us(batch(sorted, [])));
    }),
  );
});
