import fc from 'fast-check';
import { expect, it } from 'vitest';
import { takeOut } from '../../src/core/take-out.ts';

it('an item that is taken out of a list leaves the others in their order, and one that is not in it changes nothing', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(20)), fc.nat(20), (list, item) => {
      const left = [...list];
      takeOut(left, item);
      expect(left).toEqual(list.filter((each) => each !== item));
    }),
  );
});
