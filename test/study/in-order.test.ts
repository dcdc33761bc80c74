import { describe, expect, it } from 'vitest';
import { inOrder } from '../../src/study/in-order.ts';

/** Work that ends when it is told to. */
function work() {
  const begun: number[] = [];
  const ends = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  const begin = (item: number) => {
    begun.push(item);
    return new Promise<void>((resolve, reject) => ends.set(item, { resolve, reject }));
  };
  return {
    begun,
    begin,
    end: (item: number) => ends.get(item)!.resolve(),
    fail: (item: number) => ends.get(item)!.reject(new Error(`${item}`)),
  };
}

/** Until everything that could go on has gone on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('work on several things at a time', () => {
  it('begins so many at a time, in their order', async () => {
    const { begun, begin, end } = work();
    const all = inOrder([0, 1, 2, 3], 2, begin);
    await settled();
    expect(begun).toEqual([0, 1]);
    end(1);
    await settled();
    expect(begun).toEqual([0, 1, 2]);
    end(0);
    end(2);
    await settled();
    end(3);
    await all;
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it('fails as the first item in order does, whichever fails first', async () => {
    const { begun, begin, fail } = work();
    const all = inOrder([0, 1, 2, 3], 3, begin).catch((error: Error) => error.message);
    await settled();
    fail(2);
    await settled();
    fail(1);
    await settled();
    fail(0);
    expect(await all).toBe('0');
    expect(begun).toEqual([0, 1, 2]);
  });

  it('does not wait for later items once it is decided which error it is', async () => {
    const { begin, end, fail } = work();
    const all = inOrder([0, 1, 2], 3, begin).catch((error: Error) => error.message);
    await settled();
    fail(1);
    await settled();
    end(0);
    expect(await all).toBe('1');
  });
});
