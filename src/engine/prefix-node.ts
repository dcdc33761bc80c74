/**
 * A node of the prefix tree (`prefix-tree.ts`): the prefixes that end in one segment after the same tokens. It remembers which
 * cached block stands for each of its positions. With its last user it is dropped, to be another one later.
 */
import type { NodeBlocks } from './node-blocks.ts';
import type { PrefixTree } from './prefix-tree.ts';
import type { QuietRun } from './quiet-run.ts';

export class PrefixNode {
  /** Among all nodes, those that are not in use too; from 1. */
  readonly id: number;
  readonly tree: PrefixTree;
  private parent: PrefixNode | null;
  private segment: number;
  /** Tokens of the prefix before this segment begins. */
  startTokens: number;
  /** The child that most nodes have at most: the first that was made and still lives. */
  private firstChild: PrefixNode | null = null;
  /** The others by segment, each with those of the same segment that begin after another number of tokens. */
  private children: Map<number, PrefixNode> | null = null;
  private nextOfSegment: PrefixNode | null = null;
  private childCount = 0;
  /** Requests whose prefixes lead through the node. */
  paths = 0;
  /** Blocks that are cached in it, of all groups. */
  cachedBlocks = 0;
  /** It is what a request has written. */
  isOutput = false;
  /** Blocks that are cached in it without a hash of their own. */
  quiet: QuietRun | null = null;
  /** Of the first KV group, and of the others. */
  private firstGroup: NodeBlocks | null = null;
  private otherGroups: (NodeBlocks | undefined)[] | null = null;

  constructor(id: number, tree: PrefixTree, parent: PrefixNode | null, segment: number, startTokens: number) {
    this.id = id;
    this.tree = tree;
    this.parent = parent;
    this.segment = segment;
    this.startTokens = startTokens;
  }

  /** From now on it is another one; nobody has used it since it was dropped. */
  reuse(parent: PrefixNode, segment: number, startTokens: number): this {
    this.parent = parent;
    this.segment = segment;
    this.startTokens = startTokens;
    this.isOutput = false;
    return this;
  }

  /** The node of `segment` beginning after `startTokens` tokens, of which the last are in this node. */
  child(segment: number, startTokens: number): PrefixNode {
    const first = this.firstChild;
    if (first !== null && first.segment === segment && first.startTokens === startTokens) return first;
    const same = this.children?.get(segment) ?? null;
    for (let known = same; known !== null; known = known.nextOfSegment)
      if (known.startTokens === startTokens) return known;
    const node = this.tree.newNode(this, segment, startTokens);
    if (first === null) this.firstChild = node;
    else {
      node.nextOfSegment = same;
      this.children ??= new Map();
      this.children.set(segment, node);
    }
    this.childCount++;
    return node;
  }

  /** What was cached in it for a KV group; null: nothing yet. */
  blocksOf(group: number): NodeBlocks | null {
    return group === 0 ? this.firstGroup : (this.otherGroups?.[group] ?? null);
  }

  setBlocks(group: number, blocks: NodeBlocks): void {
    if (group === 0) this.firstGroup = blocks;
    else {
      this.otherGroups ??= [];
      this.otherGroups[group] = blocks;
    }
  }

  /** A request's prefixes do not lead through it any more. */
  leavePath(): void {
    this.paths--;
    this.dropIfUnused();
  }

  /** So many blocks are not cached in it any more. */
  evict(blocks: number): void {
    this.cachedBlocks -= blocks;
    this.dropIfUnused();
  }

  private remove(child: PrefixNode): void {
    if (this.firstChild === child) this.firstChild = null;
    else this.removeOfSegment(child, this.children!);
    this.childCount--;
    this.dropIfUnused();
  }

  private dropIfUnused(): void {
    const { parent } = this;
    if (this.paths + this.cachedBlocks + this.childCount > 0 || parent === null) return;
    parent.remove(this);
    this.parent = null;
    this.nextOfSegment = null;
    this.children = null;
    this.firstGroup = null;
    this.otherGroups = null;
    this.tree.drop(this);
  }

  private removeOfSegment(child: PrefixNode, children: Map<number, PrefixNode>): void {
    const head = children.get(child.segment)!;
    if (head === child && child.nextOfSegment === null) children.delete(child.segment);
    else if (head === child) children.set(child.segment, child.nextOfSegment!);
    else {
      let before = head;
      while (before.nextOfSegment !== child) before = before.nextOfSegment!;
      before.nextOfSegment = child.nextOfSegment;
    }
  }
}
