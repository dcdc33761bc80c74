import { expect, it } from 'vitest';
import { SecondCounter } from '../../src/record/second-counter.ts';

it('finds the fullest second though times come out of order', () => {
  const seconds = new SecondCounter();
  seconds.add(1_500_000, 4);
  seconds.add(3_000_000_000, 2);
  seconds.add(999_999, 5);
  seconds.add(1_999_999, 3);
  // 4 + 3 in the second from 1 s to 2 s.
  expect(seconds.most).toBe(7);
});
