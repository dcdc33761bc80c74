import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResolvedRun } from '../../src/config/resolved.ts';
import { parseShard } from '../../src/study/parse-shard.ts';
import { shardRuns } from '../../src/study/shard.ts';

const runsOf = (ids: readonly string[]) => ids.map((run_id) => ({ run_id }) as ResolvedRun);

describe('shards of a study', () => {
  it('have each run of the plan in exactly one of them, in sizes that differ by one at most', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), fc.integer({ min: 1, max: 9 }), (ids, of) => {
        const shards = Array.from({ length: of }, (_, i) => shardRuns(runsOf(ids), { index: i + 1, of }));
        expect(
          shards
            .flat()
            .map(({ run_id }) => run_id)
            .sort(),
        ).toEqual([...ids].sort());
        const sizes = shards.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('have a run of which there are two variants once', () => {
    const runs = runsOf(['a', 'b', 'a', 'c', 'b']);
    expect(shardRuns(runs, { index: 1, of: 2 }).map(({ run_id }) => run_id)).toEqual(['a', 'c']);
    expect(shardRuns(runs, { index: 2, of: 2 }).map(({ run_id }) => run_id)).toEqual(['b']);
  });

  it('are counted from 1', () => {
    expect(parseShard('2/4')).toEqual({ index: 2, of: 4 });
    expect(() => parseShard('0/4')).toThrow(
      '--shard 0/4: expected which of how many, such as 1/4, 2/4, 3/4 or 4/4. Shards are counted from 1.',
    );
    for (const text of ['5/4', '1', '1/', 'a/b', '1/4/2', '-1/4'])
      expect(() => parseShard(text)).toThrow(`--shard ${text}: expected`);
  });
});
