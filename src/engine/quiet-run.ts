/**
 * Cached blocks that nobody has asked for. Most blocks are never asked for: they hold what one request has read and written,
 * are freed with it, and are taken again. As long as that is all, nothing is noted of each of them: a run says for all
 * blocks of a request that are cached in one node where they stand. Their rows (`block-rows.ts`) stay as those of blocks that
 * one request holds, without a hash, and they are written down the first time that somebody looks into the node.
 */
import type { PrefixNode } from './prefix-node.ts';

export interface QuietRun {
  readonly node: PrefixNode;
  /** The block table of a request; the run is at `from` to `to` - 1. */
  readonly table: readonly number[];
  readonly from: number;
  to: number;
  /** Where the last of them, which is taken first, stands among the free blocks; `HELD_RUN`: the request holds them. */
  place: number;
  /** Of a free run: how many have not been taken again. */
  left: number;
}

/** As `place` of a run. */
export const HELD_RUN = -1;

/** Nobody has asked for it so far, and not all of it has been taken again. */
export function isQuiet(run: QuietRun): boolean {
  return run.node.quiet === run;
}
