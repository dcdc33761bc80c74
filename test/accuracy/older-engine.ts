/**
 * Rules of vLLM 0.19 in place of those of 0.33, as far as they can matter on runs that 0.19 recorded: what the difference
 * between the versions is worth there. The program simulates 0.33 only; this patches its classes for one replay.
 */
import { BlockPool } from '../../src/engine/block-pool.ts';
import { ROW, STATE } from '../../src/engine/block-rows.ts';
import type { BlockTable } from '../../src/engine/block-table.ts';
import type { FreeBlocks } from '../../src/engine/free-blocks.ts';
import { Replica, type ReplicaOptions } from '../../src/engine/replica.ts';

export interface OlderRule {
  readonly name: string;
  /** Puts the older rule in force. Returns what takes it back. */
  apply(): () => void;
}

/** What is patched of a server, though it is nobody else's business. */
interface CoreMaker {
  createCore: (rank: number, engine: ReplicaOptions['engine'], options: ReplicaOptions) => unknown;
}

/**
 * Freed blocks all go to the tail of the free list; 0.33 puts those without a hash at its head. A pool that only counts its
 * blocks knows no other place for them than the head, so that all get their numbers.
 */
const freedToTheTail: OlderRule = {
  name: 'free queue: unhashed blocks to the tail instead of the head',
  apply: () => {
    const { release } = BlockPool.prototype;
    BlockPool.prototype.release = function (this: BlockPool, { ids }: BlockTable) {
      const { rows, free } = this as unknown as { rows: Int32Array; free: FreeBlocks };
      this.releases++;
      for (const block of [...ids].reverse())
        if (block !== 0 && ++rows[block * ROW + STATE]! === 0) free.addLast(block);
    };
    const maker = Replica.prototype as unknown as CoreMaker;
    const { createCore } = maker;
    maker.createCore = function (this: CoreMaker, rank, engine, options) {
      return createCore.call(this, rank, engine, { ...options, blockNumbers: true });
    };
    return () => {
      BlockPool.prototype.release = release;
      maker.createCore = createCore;
    };
  },
};

export const OLDER_RULES: readonly OlderRule[] = [freedToTheTail];
