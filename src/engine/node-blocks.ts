/**
 * Which blocks are cached in a node of the prefix tree. Most often they are those of the one request that filled it, so the
 * node borrows that request's block table; a list of its own is made only where blocks of several requests stand in it, or
 * blocks of layers with a window, which are taken out of tables.
 */
import type { PrefixNode } from './prefix-node.ts';

/**
 * Blocks of a KV group by their position less `first`. What the list says of a position holds only while the block itself
 * says the same: eviction leaves the list alone.
 */
export interface NodeBlocks {
  blocks: number[];
  first: number;
  /** `blocks` is a request's block table and may not be written to. */
  borrowed: boolean;
}

/** What the list says of a position; 0, the null block: nothing. */
export function blockAt(list: NodeBlocks | null, index: number): number {
  if (list === null) return 0;
  const place = index - list.first;
  return place < 0 || place >= list.blocks.length ? 0 : list.blocks[place]!;
}

/** The list of a node that can be written to from `index` on: its own, a copy of the borrowed one, or a new one. */
export function ownList(node: PrefixNode, group: number, index: number): NodeBlocks {
  const known = node.blocksOf(group);
  if (known !== null && !known.borrowed && known.first <= index) return known;
  const own = known === null ? { blocks: [], first: index, borrowed: false } : copyFrom(known, index);
  node.setBlocks(group, own);
  return own;
}

function copyFrom({ blocks, first }: NodeBlocks, index: number): NodeBlocks {
  const begin = Math.min(first, index);
  return { blocks: [...new Array<number>(first - begin).fill(0), ...blocks], first: begin, borrowed: false };
}
