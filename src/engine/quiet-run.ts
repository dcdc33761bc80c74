/**
 * Cached blocks that nobody has asked for. Most blocks are never asked for: they hold what one request has read and written,
 * are freed with it, and are taken again. As long as that is all, nothing is noted of each of them, not even which they are:
 * a run says how many blocks of a request are cached in one node. They get numbers, and hashes of their own, the first time
 * that somebody looks into the node; unless it is to take over all that is left of a free run, as a request does that was
 * preempted, or the next turn of a conversation.
 */
import { type BlockTable, emptyTable } from './block-table.ts';
import type { PrefixNode } from './prefix-node.ts';

export interface QuietRun {
  node: PrefixNode;
  /** Of the request that holds the blocks; of a free run nobody's. */
  table: BlockTable;
  /** Their positions in it: `from` to `to` - 1. Of a free run blocks are taken again from the end. */
  from: number;
  to: number;
  /** Among the free runs; `HELD_RUN`: a request holds the blocks. */
  slot: number;
}

/** As `slot` of a run. */
export const HELD_RUN = 0;

/** As `table` of a free run, so that the table of a request that has ended does not outlive it. */
export const NOBODYS: BlockTable = emptyTable();

/** Nobody has asked for it so far, and not all of it has been taken again. */
export function isQuiet(run: QuietRun): boolean {
  return run.node.quiet === run;
}
