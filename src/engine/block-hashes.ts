/**
 * Which KV blocks can be found by their hash (vLLM 0.33: BlockHashToBlockMap, BlockPool.cache_full_blocks). A hash is exact:
 * a node of the prefix tree, a KV group, and the block's position in the request's table. Blocks with the same hash stand in
 * a chain in the order in which they were cached, and the first of them is found. What a node remembers of a position is
 * where its chain begins; it is true as long as the block itself still has that hash.
 */
import type { BlockNumbers } from './block-numbers.ts';
import { DUPLICATE, HELD, NO_NODE, NODE, ROW, SPOT, STATE } from './block-rows.ts';
import type { BlockTable } from './block-table.ts';
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
  /** null: every block has a number from the beginning. */
  private readonly numbers: BlockNumbers | null;
  /** Runs that have been taken again: to be other ones, because most live long enough to be expensive to collect. */
  private readonly spareRuns: QuietRun[] = [];

  /** Hashes are kept in `rows`; the blocks are those of so many KV groups, 1 of a pool that does not number them. */
  constructor(rows: Int32Array, groups: number, free: FreeBlocks, numbers: BlockNumbers | null) {
    this.rows = rows;
    this.groups = groups;
    this.free = free;
    this.numbers = numbers;
  }

  /** The block of that hash that was cached first; 0: none. */
  find(node: PrefixNode, group: number, index: number): number {
    const { quiet } = node;
    if (quiet !== null && index >= quiet.from && index < quiet.to) this.writeDown(quiet);
    const block = blockAt(node.blocksOf(group), index);
    return this.isOf(block, node.id, group, index) ? block : 0;
  }

  /**
   * Gives `block`, which has none, this hash. It stands at `index` in `table`, whose numbers the node may go by: they never
   * change once they are there; null: it may not.
   */
  add(block: number, node: PrefixNode, group: number, index: number, table: BlockTable | null): void {
    if (!this.borrows(node, group, index, table)) this.enter(block, node, group, index);
    const row = block * ROW;
    this.rows[row + NODE] = node.id;
    this.rows[row + SPOT] = index * this.groups + group;
    node.cachedBlocks++;
  }

  /**
   * The same for the blocks of a table at `from` to `to` - 1, which no other request holds. Returns the quiet run that they
   * begin, if they do.
   */
  addRow(table: BlockTable, node: PrefixNode, group: number, from: number, to: number): QuietRun | null {
    if (this.numbers === null) {
      for (let index = from; index < to; index++) this.add(table.ids[index]!, node, group, index, table);
      return null;
    }
    if (node.quiet !== null && this.lengthen(node.quiet, table, from, to)) return null;
    if (node.cachedBlocks > 0 && !this.holdsAll(table.ids, node, group, from)) {
      for (let index = from; index < to; index++) this.add(this.number(table, index), node, group, index, table);
      return null;
    }
    node.cachedBlocks += to - from;
    node.quiet = this.newRun(node, table, from, to);
    return node.quiet;
  }

  /** So many blocks of a free run have been taken again. */
  evictOf(run: QuietRun, blocks: number): void {
    const { node } = run;
    if (run.to === run.from) {
      node.quiet = null;
      this.spareRuns.push(run);
    }
    node.evict(blocks);
  }

  /** Takes away the hash of a block that has one. */
  evict(block: number): void {
    const { rows } = this;
    const row = block * ROW;
    const node = this.prefixes.node(rows[row + NODE]!);
    if (rows[row + DUPLICATE] !== ALONE) this.leaveDuplicates(block, node);
    rows[row + NODE] = NO_NODE;
    node.evict(1);
  }

  private newRun(node: PrefixNode, table: BlockTable, from: number, to: number): QuietRun {
    const spare = this.spareRuns.pop();
    if (spare === undefined) return { node, table, from, to, slot: HELD_RUN };
    spare.node = node;
    spare.table = table;
    spare.from = from;
    spare.to = to;
    spare.slot = HELD_RUN;
    return spare;
  }

  /** Whether the blocks go on where the run of a request ends; another one is written down. */
  private lengthen(run: QuietRun, table: BlockTable, from: number, to: number): boolean {
    if (run.slot !== HELD_RUN || run.table !== table || run.to !== from) {
      this.writeDown(run);
      return false;
    }
    run.to = to;
    run.node.cachedBlocks += to - from;
    return true;
  }

  /** Somebody looks into the node of a run: from now on each block has a number and its own hash. */
  private writeDown(run: QuietRun): void {
    const { rows, numbers } = this;
    const { node, table, from, to } = run;
    const list = ownList(node, 0, from);
    const ids: number[] = [];
    for (let index = from; index < to; index++) {
      const block = run.slot === HELD_RUN ? this.number(table, index) : numbers!.take();
      ids.push(block);
      rows[block * ROW + NODE] = node.id;
      rows[block * ROW + SPOT] = index;
      writeTo(list, index, block);
    }
    if (run.slot !== HELD_RUN) this.free.dissolve(run, ids);
    node.quiet = null;
  }

  /** Gives a block a number that one request holds. */
  private number({ ids }: BlockTable, index: number): number {
    const block = this.numbers!.take();
    while (ids.length <= index) ids.push(0);
    ids[index] = block;
    this.rows[block * ROW + STATE] = HELD;
    return block;
  }

  private isOf(block: number, node: number, group: number, index: number): boolean {
    const { rows } = this;
    const row = block * ROW;
    return rows[row + NODE] === node && rows[row + SPOT] === index * this.groups + group;
  }

  /** Whether a node goes by this table from `index` on, if need be from now on. */
  private borrows(node: PrefixNode, group: number, index: number, table: BlockTable | null): boolean {
    const known = node.blocksOf(group);
    if (table === null) return false;
    const { ids } = table;
    if (known === null) {
      node.setBlocks(group, { blocks: ids, first: 0, borrowed: true });
      return true;
    }
    if (known.blocks !== ids && known.borrowed && this.holdsAll(ids, node, group, index)) known.blocks = ids;
    return known.blocks === ids;
  }

  /**
   * Whether all blocks that are cached in a node stand in this table before `index`: those of a request that was preempted
   * and goes on with what is left of its blocks.
   */
  private holdsAll(ids: readonly number[], node: PrefixNode, group: number, index: number): boolean {
    const { cachedBlocks } = node;
    if (cachedBlocks > index || index > ids.length) return cachedBlocks === 0;
    let held = 0;
    while (held < index && this.isOf(ids[index - 1 - held]!, node.id, group, index - 1 - held)) held++;
    return held === cachedBlocks;
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
