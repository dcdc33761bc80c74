/**
 * Which KV blocks can be found by their hash (vLLM 0.33: BlockHashToBlockMap, BlockPool.cache_full_blocks). A hash is exact:
 * a node of the prefix tree, a KV group, and the block's position in the request's table. Blocks with the same hash stand in
 * a chain in the order in which they were cached, and the first of them is found. What a node remembers of a position is
 * where its chain begins; it is true as long as the block itself still has that hash.
 */
import { blockAt, type NodeBlocks, ownList } from './node-blocks.ts';
import type { PrefixNode } from './prefix-node.ts';
import { PrefixTree } from './prefix-tree.ts';

/** The hash of a block, side by side, because it is compared as a whole: offsets in its row. */
const NODE = 0;
const GROUP = 1;
const INDEX = 2;
/** The next block with the same hash. */
const DUPLICATE = 3;
const ROW = 4;
/** As NODE: the block has no hash. */
const NO_NODE = 0;
/** As DUPLICATE: the only block with its hash, and the last of several. */
const ALONE = 0;
const LAST = -1;

export class BlockHashes {
  /** Whose nodes blocks are cached in. */
  readonly prefixes = new PrefixTree();
  /** A row a block. */
  private readonly rows: Int32Array;

  constructor(numBlocks: number) {
    this.rows = new Int32Array(numBlocks * ROW);
  }

  has(block: number): boolean {
    return this.rows[block * ROW + NODE] !== NO_NODE;
  }

  /** The block of that hash that was cached first; 0: none. */
  find(node: PrefixNode, group: number, index: number): number {
    const block = blockAt(node.blocksOf(group), index);
    return this.isOf(block, node.id, group, index) ? block : 0;
  }

  /**
   * Gives `block`, which has none, this hash. It stands at `index` in `table`, which the node may keep: entries never change
   * and are only added; null: it may not.
   */
  add(block: number, node: PrefixNode, group: number, index: number, table: number[] | null): void {
    if (!this.borrows(node, group, index, table)) this.enter(block, node, group, index);
    const row = block * ROW;
    this.rows[row + NODE] = node.id;
    this.rows[row + GROUP] = group;
    this.rows[row + INDEX] = index;
    this.prefixes.acquire(node.id, 1);
  }

  /** The same for the blocks of a table at `from` to `to` - 1. */
  addRow(table: number[], node: PrefixNode, group: number, from: number, to: number): void {
    if (!this.borrows(node, group, from, table)) {
      for (let index = from; index < to; index++) this.add(table[index]!, node, group, index, table);
      return;
    }
    const { rows } = this;
    const { id } = node;
    for (let index = from; index < to; index++) {
      const row = table[index]! * ROW;
      rows[row + NODE] = id;
      rows[row + GROUP] = group;
      rows[row + INDEX] = index;
    }
    this.prefixes.acquire(id, to - from);
  }

  /** Takes away the hash of a block that has one. */
  evict(block: number): void {
    const { rows } = this;
    const row = block * ROW;
    const node = rows[row + NODE]!;
    if (rows[row + DUPLICATE] !== ALONE) this.leaveDuplicates(block, this.prefixes.node(node));
    rows[row + NODE] = NO_NODE;
    this.prefixes.release(node);
  }

  private isOf(block: number, node: number, group: number, index: number): boolean {
    const { rows } = this;
    const row = block * ROW;
    return rows[row + NODE] === node && rows[row + INDEX] === index && rows[row + GROUP] === group;
  }

  /** Whether a node goes by this table from `index` on, if need be from now on. */
  private borrows(node: PrefixNode, group: number, index: number, table: number[] | null): boolean {
    const known = node.blocksOf(group);
    if (table === null) return false;
    if (known === null) {
      node.setBlocks(group, { blocks: table, first: 0, borrowed: true });
      return true;
    }
    if (known.blocks !== table && known.borrowed && this.holdsAll(table, node, group, index)) known.blocks = table;
    return known.blocks === table;
  }

  /**
   * Whether all blocks that are cached in a node stand in this table before `index`: those of a request that was preempted
   * and goes on with what is left of its blocks.
   */
  private holdsAll(table: readonly number[], node: PrefixNode, group: number, index: number): boolean {
    let held = 0;
    while (held < index && this.isOf(table[index - 1 - held]!, node.id, group, index - 1 - held)) held++;
    return held === node.cachedBlocks;
  }

  /** Notes what stands at a position in a list of the node's own, or behind what stands there. */
  private enter(block: number, node: PrefixNode, group: number, index: number): void {
    const first = this.find(node, group, index);
    if (first === 0) {
      writeTo(ownList(node, group, index), index, block);
      return;
    }
    let last = first;
    while (this.rows[last * ROW + DUPLICATE]! > 0) last = this.rows[last * ROW + DUPLICATE]!;
    this.rows[last * ROW + DUPLICATE] = block;
    this.rows[block * ROW + DUPLICATE] = LAST;
  }

  private leaveDuplicates(block: number, node: PrefixNode): void {
    const { rows } = this;
    const row = block * ROW;
    const group = rows[row + GROUP]!;
    const index = rows[row + INDEX]!;
    const first = this.find(node, group, index);
    const after = rows[row + DUPLICATE]!;
    rows[row + DUPLICATE] = ALONE;
    if (first === block) {
      writeTo(ownList(node, group, index), index, after);
      if (rows[after * ROW + DUPLICATE] === LAST) rows[after * ROW + DUPLICATE] = ALONE;
      return;
    }
    let before = first;
    while (rows[before * ROW + DUPLICATE] !== block) before = rows[before * ROW + DUPLICATE]!;
    rows[before * ROW + DUPLICATE] = after === LAST && before === first ? ALONE : after;
  }
}

function writeTo({ blocks, first }: NodeBlocks, index: number, block: number): void {
  while (blocks.length <= index - first) blocks.push(0);
  blocks[index - first] = block;
}
