import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoize } from '../../src/latency/memo.ts';

describe('memoize', () => {
  it('gives what the function gives, and calls it once a value', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200_000)), (numbers) => {
        let calls = 0;
        const half = memoize((n) => {
          calls++;
          return n / 2;
        });
        for (const n of numbers) expect(half(n)).toBe(n / 2);
        expect(calls).toBe(new Set(numbers).size);
      }),
    );
  });
});
