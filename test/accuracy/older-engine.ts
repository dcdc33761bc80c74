/**
 * Rules of vLLM 0.19 in place of those of 0.33, as far as they can matter on runs that 0.19 recorded: what the difference
 * between the versions is worth there. The program simulates 0.33 only; this patches its classes for one replay.
 */
import { BlockPool } from '../../src/engine/block-pool.ts';
import type { EngineRequest } from '../../src/engine/request-state.ts';
import { Scheduler } from '../../src/engine/scheduler.ts';

export interface OlderRule {
  readonly name: string;
  /** Puts the older rule in force. Returns what takes it back. */
  apply(): () => void;
}

/** Fields of the pool that the rule of 0.19 works on. */
interface PoolFields {
  references: Int32Array;
  previous: Int32Array;
  free: number;
  linkAfter(before: number, block: number): void;
}

/** Freed blocks all go to the tail of the free list; 0.33 puts those without a hash at its head. */
const freedToTheTail: OlderRule = {
  name: 'free queue: unhashed blocks to the tail instead of the head',
  apply: () =>
    patched(BlockPool.prototype, 'release', function (this: unknown, table: readonly number[]) {
      const pool = this as PoolFields;
      for (let i = table.length - 1; i >= 0; i--) {
        const block = table[i]!;
        if (block === 0 || --pool.references[block]! > 0) continue;
        pool.free++;
        pool.linkAfter(pool.previous[0]!, block);
      }
    }),
};

/** Output under way at a preemption counts as usual when it comes; 0.33 keeps the request out until it has come. */
const outputKept: OlderRule = {
  name: 'preemption: output under way is worked off instead of stale',
  apply: () => {
    const original = Reflect.get(Scheduler.prototype, 'preempt') as (step: unknown, victim: EngineRequest) => void;
    return patched(Scheduler.prototype, 'preempt', function (this: unknown, step: unknown, victim: EngineRequest) {
      const { outputPlaceholders } = victim;
      original.call(this, step, victim);
      victim.staleTokens = 0;
      victim.outputPlaceholders = outputPlaceholders;
    });
  },
};

export const OLDER_RULES: readonly OlderRule[] = [freedToTheTail, outputKept];

function patched(prototype: object, name: string, method: unknown): () => void {
  const original: unknown = Reflect.get(prototype, name);
  Reflect.set(prototype, name, method);
  return () => {
    Reflect.set(prototype, name, original);
  };
}
