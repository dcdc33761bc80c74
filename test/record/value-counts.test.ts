import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ValueCounts } from '../../src/record/value-counts.ts';

/** Among them multiples of a power of two, which differ in their high digits alone. */
const value = fc.oneof(
  fc.integer({ min: 1, max: 50 }),
  fc.integer({ min: 1, max: 50 }).map((n) => n * 2 ** 24),
  fc.integer({ min: 1, max: 50 }).map((n) => n * 2 ** 40),
  fc.maxSafeNat().map((n) => n + 1),
);

describe('counts of many different values', () => {
  it('are those of a plain map, whatever occurs in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(value, fc.integer({ min: 1, max: 5 })), { maxLength: 300, size: 'max' }), (all) => {
        const counts = new ValueCounts();
        const known = new Map<number, number>();
        for (const [each, times] of all) {
          expect(counts.has(each)).toBe(known.has(each));
          counts.add(each, times);
          known.set(each, (known.get(each) ?? 0) + times);
        }
        expect(counts.size).toBe(known.size);
        expect([...counts.toSorted()]).toEqual([...known.keys()].sort((a, b) => a - b));
        for (const [each, times] of known) expect(counts.countOf(each)).toBe(times);
      }),
    );
  });
});
