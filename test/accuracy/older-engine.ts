/**
 * Rules of vLLM 0.19 in place of those of 0.33, as far as they can matter on runs that 0.19 recorded: what the difference
 * between the versions is worth there. The program simulates 0.33 only; this patches its classes for one replay.
 */
import { BlockPool } from '../../src/engine/block-pool.ts';
import { ROW, STATE } from '../../src/engine/block-rows.ts';
import type { FreeBlocks } from '../../src/engine/free-blocks.ts';
import { isQuiet, type QuietRun } from '../../src/engine/quiet-run.ts';

export interface OlderRule {
  readonly name: string;
  /** Puts the older rule in force. Returns what takes it back. */
  apply(): () => void;
}

/** Freed blocks all go to the tail of the free list; 0.33 puts those without a hash at its head. */
const freedToTheTail: OlderRule = {
  name: 'free queue: unhashed blocks to the tail instead of the head',
  apply: () => {
    const original = BlockPool.prototype.release;
    BlockPool.prototype.release = function (this: BlockPool, table: readonly number[], runs: readonly QuietRun[] = []) {
      const { rows, free } = this as unknown as { rows: Int32Array; free: FreeBlocks };
      this.releases++;
      // A look at a run gives each block a state of its own.
      for (const run of runs) if (isQuiet(run)) this.hashes.find(run.node, 0, run.from);
      for (const block of [...table].reverse())
        if (block !== 0 && ++rows[block * ROW + STATE]! === 0) free.addLast(block);
    };
    return () => {
      BlockPool.prototype.release = original;
    };
  },
};

export const OLDER_RULES: readonly OlderRule[] = [freedToTheTail];
