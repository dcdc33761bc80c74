/**
 * The KV blocks of the decode cohort over several schedule calls at once, where all layers attend to everything: in each
 * call the members at a border take a block, in running order, and a block that is full can be found by its hash. Blocks
 * come from the head of the free list, so that only the order of taking matters; it is that of the calls.
 */
import type { BlockPool } from './block-pool.ts';
import type { BorderBuckets } from './border-buckets.ts';
import type { EngineOptions } from './options.ts';
import type { PrefixCache } from './prefix-cache.ts';

export class SteadyGrowth {
  private readonly pool: BlockPool;
  private readonly cache: PrefixCache;
  private readonly borders: BorderBuckets;
  private readonly blockSize: number;
  /** Outputs of a member that are under way when it is scheduled. */
  private readonly lag: number;
  private readonly caches: boolean;

  constructor(options: EngineOptions, pool: BlockPool, cache: PrefixCache, borders: BorderBuckets) {
    this.pool = pool;
    this.cache = cache;
    this.borders = borders;
    this.blockSize = options.kvGroups[0]!.blockSize;
    this.lag = options.asyncScheduling ? 1 : 0;
    this.caches = options.enablePrefixCaching;
  }

  /**
   * How many of the next `most` calls find the blocks that they need, `calls` having been made. Writes how many blocks of
   * the pool are in use before them and after each into `usedBlocks`.
   */
  callsWithRoom(calls: number, most: number, usedBlocks: Int32Array): number {
    const { buckets, at } = this.borders.cycle(calls, 0);
    let used = this.pool.usedBlocks;
    const room = used + this.pool.freeBlocks;
    for (let i = 0, b = at; i < most; i++, b = before(b, buckets)) {
      usedBlocks[i] = used;
      used += buckets[b]!.length;
      if (used > room) return i;
    }
    usedBlocks[most] = used;
    return most;
  }

  /** Makes `count` calls after `calls` others. */
  make(calls: number, count: number): void {
    this.takeBlocks(calls, count);
    // Of each member the last block that fills up is enough: those before it come with it.
    const last = Math.min(count, this.blockSize);
    if (this.caches) this.cacheBlocks(calls + count - last, last);
  }

  private takeBlocks(calls: number, count: number): void {
    const { pool } = this;
    const { buckets, at } = this.borders.cycle(calls, 0);
    for (let i = 0, b = at; i < count; i++, b = before(b, buckets)) {
      const members = buckets[b]!;
      for (let m = 0; m < members.length; m++) members[m]!.blockTables[0]!.push(pool.takeOne());
    }
  }

  private cacheBlocks(calls: number, count: number): void {
    const { cache, blockSize } = this;
    const settled = 1 - this.lag;
    const { buckets, at } = this.borders.cycle(calls, settled);
    for (let i = 0, b = at; i < count; i++, b = before(b, buckets)) {
      const members = buckets[b]!;
      for (let m = 0; m < members.length; m++) {
        const request = members[m]!;
        cache.cacheUpTo(request, 0, (request.contextOffset + calls + i + settled) / blockSize);
      }
    }
  }
}

function before(bucket: number, { length }: { readonly length: number }): number {
  return (bucket === 0 ? length : bucket) - 1;
}
