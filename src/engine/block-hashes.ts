/**
 * Which KV blocks can be found by their hash (vLLM 0.33: BlockHashToBlockMap, BlockPool.cache_full_blocks). A hash is exact:
 * a node of the prefix tree, a KV group, and the block's position in the request's table. Blocks with the same hash stand in
 * a chain in the order in which they were cached, and the first of them is found. What a node remembers of a position is
 * where its chain begins; it is true as long as the block itself still has that hash.
 */
import { DUPLICATE, NO_NODE, NODE, ROW, SPOT } from './block-rows.ts';
import type { FreeBlocks } from './free-blocks.ts';
import { blockAt, type NodeBlocks, ownList } from './node-blocks.ts';
import type { PrefixNode } from './prefix-node.ts';
import { PrefixTree } from './prefix-tree.ts';
import { HELD_RUN, type QuietRun } from './quiet-run.ts';

/** As DUPLICATE: the only block with its hash, and the last of several. */
const ALONE = 0;
const LAST = -1;

export class BlockHashes {
  /** Whose nodes blocks are cached in. */
  readonly prefixes = new PrefixTree();
  private readonly rows: Int32Array;
  private readonly groups: number;
  private readonly free: FreeBlocks;

  /** Hashes are kept in `rows`; the blocks are those of so many KV groups. */
  constructor(rows: Int32Array, groups: number, free: FreeBlocks) {
    this.rows = rows;
    this.groups = groups;
    this.free = free;
  }

  /** The block of that hash that was cached first; 0: none. */
  find(node: PrefixNode, group: number, index: number): number {
    if (node.quiet !== null) this.writeDown(node.quiet);
    const block = blockAt(node.blocksOf(group), index);
    return this.isOf(block, node.id, group, index) ? block : 0;
  }

  /**
   * Gives `block`, which has none, this hash. It stands at `index` in `table`, which the node may keep: entries never change
   * and are only added; null: it may not.
   */
  add(block: number, node: PrefixNode, group: number, index: number, table: number[] | null): void {
    if (node.quiet !== null) this.writeDown(node.quiet);
    if (!this.borrows(node, group, index, table)) this.enter(block, node, group, index);
    const row = block * ROW;
    this.rows[row + NODE] = node.id;
    this.rows[row + SPOT] = index * this.groups + group;
    this.prefixes.acquire(node.id, 1);
  }

  /**
   * The same for the blocks of a table at `from` to `to` - 1, which no other request holds. Returns the quiet run that they
   * begin, if they do.
   */
  addRow(table: number[], node: PrefixNode, group: number, from: number, to: number): QuietRun | null {
    if (node.quiet !== null && this.lengthen(node.quiet, table, from, to)) return null;
    if (this.groups > 1 || !this.borrows(node, group, from, table)) {
      for (let index = from; index < to; index++) this.add(table[index]!, node, group, index, table);
      return null;
    }
    this.prefixes.acquire(node.id, to - from);
    node.quiet = { node, table, from, to, place: HELD_RUN, left: 0 };
    return node.quiet;
  }

  /** All blocks of a free run have been taken again. */
  endRun({ node, from, to }: QuietRun): void {
    node.quiet = null;
    this.prefixes.release(node.id, to - from);
  }

  /** Takes away the hash of a block that has one. */
  evict(block: number): void {
    const { rows } = this;
    const row = block * ROW;
    const node = rows[row + NODE]!;
    if (rows[row + DUPLICATE] !== ALONE) this.leaveDuplicates(block, this.prefixes.node(node));
    rows[row + NODE] = NO_NODE;
    this.prefixes.release(node, 1);
  }

  /** Whether the blocks go on where the run of a request ends; another one is written down. */
  private lengthen(run: QuietRun, table: readonly number[], from: number, to: number): boolean {
    if (run.table !== table || run.to !== from) {
      this.writeDown(run);
      return false;
    }
    run.to = to;
    this.prefixes.acquire(run.node.id, to - from);
    return true;
  }

  /** Somebody looks into the node of a run: from now on each block has its own hash. */
  private writeDown(run: QuietRun): void {
    const { rows } = this;
    const { node, table, from, to } = run;
    const end = run.place === HELD_RUN ? to : from + run.left;
    for (let index = from; index < end; index++) {
      const row = table[index]! * ROW;
      rows[row + NODE] = node.id;
      rows[row + SPOT] = index;
    }
    if (run.place !== HELD_RUN) this.free.dissolve(run);
    node.quiet = null;
    this.prefixes.release(node.id, to - end);
  }

  private isOf(block: number, node: number, group: number, index: number): boolean {
    const { rows } = this;
    const row = block * ROW;
    return rows[row + NODE] === node && rows[row + SPOT] === index * this.groups + group;
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
    const spot = rows[row + SPOT]!;
    const group = spot % this.groups;
    const index = (spot - group) / this.groups;
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
