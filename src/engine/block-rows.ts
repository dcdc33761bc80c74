/**
 * What is known of each KV block, side by side in a row of four numbers: a pool of many thousand blocks does not fit the
 * caches of a processor, so that all about a block should be waited for once. `block-pool.ts` and `free-blocks.ts` tell what
 * the first number means, `block-hashes.ts` the others.
 */

/** Numbers in a row; the row of block `b` begins at `b * ROW`. */
export const ROW = 4;
/** Of a free block its place among the free ones, from 0; of another how many requests hold it, below 0. */
export const STATE = 0;
/** As STATE: one request holds the block. */
export const HELD = -1;
/** The node of the prefix tree that the block is cached in. */
export const NODE = 1;
/** As NODE: the block has no hash. */
export const NO_NODE = 0;
/** Its position in a request's table and its KV group. */
export const SPOT = 2;
/** The next block with the same hash. */
export const DUPLICATE = 3;

export function blockRows(numBlocks: number): Int32Array {
  return new Int32Array(numBlocks * ROW);
}
