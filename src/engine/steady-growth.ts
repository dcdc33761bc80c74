/**
 * The KV blocks of the decode cohort over several schedule calls at once, where all layers attend to everything: in each
 * call the members at a border take a block, in running order. Blocks come from the head of the free list, so that only the
 * order of taking matters; it is that of the calls. Where blocks have no numbers, not even that does. That full blocks can
 * be found by their hash is made up for when somebody could look for one, or the member leaves (`DecodeCohort.cacheFull`).
 */
import type { BlockPool } from './block-pool.ts';
import type { BorderBuckets } from './border-buckets.ts';

export class SteadyGrowth {
  private readonly pool: BlockPool;
  private readonly borders: BorderBuckets;

  constructor(pool: BlockPool, borders: BorderBuckets) {
    this.pool = pool;
    this.borders = borders;
  }

  /**
   * How many of the next `most` calls find the blocks that they need, `calls` having been made. Writes how many blocks of
   * the pool are in use before them and after each into `usedBlocks`.
   */
  callsWithRoom(calls: number, most: number, usedBlocks: Int32Array): number {
    const { sizes, at } = this.borders.cycle(calls);
    let used = this.pool.usedBlocks;
    const room = used + this.pool.freeBlocks;
    for (let i = 0, b = at; i < most; i++, b = before(b, sizes)) {
      usedBlocks[i] = used;
      used += sizes[b]!;
      if (used > room) return i;
    }
    usedBlocks[most] = used;
    return most;
  }

  /** Makes `count` calls after `calls` others, which take so many blocks. */
  make(calls: number, count: number, blocks: number): void {
    const { pool } = this;
    if (!pool.isNumbered) {
      pool.takeBlank(blocks);
      return;
    }
    const { buckets, at } = this.borders.cycle(calls);
    for (let i = 0, b = at; i < count; i++, b = before(b, buckets)) {
      const members = buckets[b]!;
      if (members.length > 0) pool.takeForEach(members);
    }
  }
}

function before(bucket: number, { length }: { readonly length: number }): number {
  return (bucket === 0 ? length : bucket) - 1;
}
