import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BorderBuckets, borderPattern } from '../../src/engine/border-buckets.ts';
import type { KvGroup } from '../../src/engine/options.ts';
import type { EngineRequest } from '../../src/engine/request-state.ts';
import { engine } from '../cluster/fixtures.ts';

const full: KvGroup = { kind: 'full', blockSize: 16, window: 0, chunk: 0 };
const pattern = (kvGroups: KvGroup[], lag: number, rest = {}) => borderPattern({ ...engine, kvGroups, ...rest }, lag);

describe('borders of a request that decodes', () => {
  it('lie where a block is taken, which asynchronously is where the block before it is full', () => {
    expect(pattern([full], 1)).toEqual({ period: 16, offsets: [0] });
  });

  it('synchronously lie one token apart: a block is full before the next one is needed', () => {
    expect(pattern([full], 0)).toEqual({ period: 16, offsets: [0, 1] });
    expect(pattern([full], 0, { enablePrefixCaching: false })).toEqual({ period: 16, offsets: [0] });
  });

  it('lie also where a block falls behind the window', () => {
    // A window of 50 leaves a block of 16 behind at 65 settled tokens (65 - 50 + 1 = 16), and every 16 after: 65 + 15 = 5 x 16.
    expect(pattern([{ ...full, kind: 'sliding', window: 50 }], 0, { enablePrefixCaching: false })?.offsets).toEqual([
      0, 15,
    ]);
  });

  it('repeat with the largest length that divides the block sizes of all groups', () => {
    expect(pattern([full, { ...full, blockSize: 24 }], 1)?.period).toBe(8);
  });

  it('do not repeat where chunks end inside of blocks', () => {
    expect(pattern([{ ...full, kind: 'chunked', chunk: 40 }], 1)).toBeNull();
  });
});

it('a call finds the members whose length plus an offset is a multiple of the period, in running order', () => {
  const offsets = fc.uniqueArray(fc.nat(7), { minLength: 1 });
  fc.assert(
    fc.property(offsets, fc.array(fc.integer({ min: -50, max: 50 })), fc.nat(50), (offsets, contextOffsets, calls) => {
      const buckets = new BorderBuckets({ period: 8, offsets });
      const members = contextOffsets.map((contextOffset, seat) => ({ contextOffset, seat }) as EngineRequest);
      for (const member of [...members].reverse()) buckets.add(member);
      const gone = members.filter(({ seat }) => seat % 5 === 4);
      for (const member of gone) buckets.remove(member);
      const meets = ({ contextOffset }: EngineRequest) =>
        offsets.some((offset) => (contextOffset + calls + offset) % 8 === 0);
      expect(buckets.at(calls)).toEqual(members.filter((member) => !gone.includes(member) && meets(member)));
    }),
  );
});
