/**
 * Rules of vLLM 0.19 in place of those of 0.33, as far as they can matter on runs that 0.19 recorded: what the difference
 * between the versions is worth there. The program simulates 0.33 only; this patches its classes for one replay.
 */
import { BlockPool } from '../../src/engine/block-pool.ts';

export interface OlderRule {
  readonly name: string;
  /** Puts the older rule in force. Returns what takes it back. */
  apply(): () => void;
}

/** Freed blocks all go to the tail of the free list; 0.33 puts those without a hash at its head. */
const freedToTheTail: OlderRule = {
  name: 'free queue: unhashed blocks to the tail instead of the head',
  apply: () => {
    const name = 'linkAfter';
    const original = Reflect.get(BlockPool.prototype, name) as (before: number, block: number) => void;
    Reflect.set(BlockPool.prototype, name, function (this: BlockPool, _before: number, block: number) {
      original.call(this, this.freeOrder().at(-1) ?? 0, block);
    });
    return () => {
      Reflect.set(BlockPool.prototype, name, original);
    };
  },
};

export const OLDER_RULES: readonly OlderRule[] = [freedToTheTail];
