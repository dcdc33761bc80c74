/**
 * Identity of prefixes, exact and without hashing token contents (vLLM 0.33: `hash_block_tokens`, BlockHash).
 *
 * A prefix is named by the node of the segment in which it ends and its length: two requests whose tokens agree up to
 * a position reach the same node there, and only they do, because different segments never share tokens. A block's
 * hash is therefore (node at its last token, its index); with EAGLE and MTP the node one token further on. A node
 * remembers which cached block stands for each of its positions and disappears with its last user.
 */

/** Segment number of the end token, the same token for every request. */
export const END_TOKEN_SEGMENT = 0;

/**
 * Blocks that were cached in a node, by block index less `first`. What the list says of a position holds only while the
 * block itself says the same: eviction leaves the list alone.
 */
export interface NodeBlocks {
  blocks: number[];
  first: number;
  /** `blocks` is the block table of the request that filled it, and may not be written to. */
  borrowed: boolean;
}

export class PrefixNode {
  /** Among the nodes that live, from 1. */
  readonly id: number;
  readonly tree: PrefixTree;
  private readonly parent: PrefixNode | null;
  private readonly segment: number;
  /** Tokens of the prefix before this segment begins. */
  readonly startTokens: number;
  /** The child that most nodes have at most: the first that was made and still lives. */
  private firstChild: PrefixNode | null = null;
  /** The others by segment, each with those of the same segment that begin after another number of tokens. */
  private children: Map<number, PrefixNode> | null = null;
  private nextOfSegment: PrefixNode | null = null;
  private childCount = 0;
  /** Requests whose prefixes lead through the node. */
  paths = 0;
  /** It is what a request has written. */
  isOutput = false;
  /** Of the first KV group, and of the others. */
  private firstGroup: NodeBlocks | null = null;
  private otherGroups: (NodeBlocks | undefined)[] | null = null;

  constructor(tree: PrefixTree, parent: PrefixNode | null, segment: number, startTokens: number) {
    this.tree = tree;
    this.parent = parent;
    this.segment = segment;
    this.startTokens = startTokens;
    this.id = tree.enter(this);
  }

  /** The node of `segment` beginning after `startTokens` tokens, of which the last are in this node. */
  child(segment: number, startTokens: number): PrefixNode {
    const first = this.firstChild;
    if (first !== null && first.segment === segment && first.startTokens === startTokens) return first;
    const same = this.children?.get(segment) ?? null;
    for (let known = same; known !== null; known = known.nextOfSegment)
      if (known.startTokens === startTokens) return known;
    const node = new PrefixNode(this.tree, this, segment, startTokens);
    if (first === null) this.firstChild = node;
    else {
      node.nextOfSegment = same;
      this.children ??= new Map();
      this.children.set(segment, node);
    }
    this.childCount++;
    this.acquire();
    return node;
  }

  /** Blocks that are cached in it, of all groups. */
  get cachedBlocks(): number {
    return this.tree.usersOf(this.id) - this.paths - this.childCount;
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

  acquire(): void {
    this.tree.acquire(this.id, 1);
  }

  release(): void {
    this.tree.release(this.id);
  }

  /** Its last user is gone. */
  leave(): void {
    this.parent?.remove(this);
  }

  get isRoot(): boolean {
    return this.parent === null;
  }

  private remove(child: PrefixNode): void {
    if (this.firstChild === child) this.firstChild = null;
    else this.removeOfSegment(child, this.children!);
    this.childCount--;
    this.release();
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

/** The prefixes of one request: its prompt's segments, then its output. */
export class PrefixPath {
  private readonly nodes: PrefixNode[] = [];
  /** Tokens up to the end of each node's segment; the output's is open. */
  private readonly endTokens: number[] = [];

  private readonly tree: PrefixTree;

  constructor(
    root: PrefixNode,
    prompt: readonly { readonly segment: number; readonly tokens: number }[],
    outputSegment: number,
  ) {
    this.tree = root.tree;
    let node = root;
    let end = 0;
    for (const span of prompt) {
      node = node.child(span.segment, end);
      end += span.tokens;
      this.push(node, end);
    }
    const output = node.child(outputSegment, end);
    if (!output.isOutput && output.paths > 0) this.tree.sharedOutputs++;
    output.isOutput = true;
    this.push(output, Number.POSITIVE_INFINITY);
  }

  /** Token number `tokens` was the end token. */
  endWithEndToken(tokens: number): void {
    const last = this.nodes.length - 1;
    const output = this.nodes[last]!;
    // The output's own node covers nothing if the end token is the first output token.
    const before = tokens - 1 > output.startTokens ? output : this.nodes[last - 1]!;
    this.endTokens[last] = tokens - 1;
    this.push(before.child(END_TOKEN_SEGMENT, tokens - 1), tokens);
  }

  /** The node in which all prefixes end from that of `tokens` tokens on; null: not all end in the same. */
  outputFrom(tokens: number): PrefixNode | null {
    const last = this.nodes.length - 1;
    const isLast = last === 0 || this.endTokens[last - 1]! < tokens;
    return isLast ? this.nodes[last]! : null;
  }

  /** The node in which the prefix of `tokens` tokens ends. */
  nodeAt(tokens: number): PrefixNode {
    let low = 0;
    let high = this.nodes.length - 1;
    // Most often it is the output that goes on.
    if (high > 0 && this.endTokens[high - 1]! < tokens) return this.nodes[high]!;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.endTokens[middle]! >= tokens) high = middle;
      else low = middle + 1;
    }
    return this.nodes[low]!;
  }

  /** The output so far is another request's too, as part of its prompt. */
  get isOutputShared(): boolean {
    return this.nodes[this.nodes.length - 1]!.paths > 1;
  }

  release(): void {
    for (const node of this.nodes) {
      if (node.isOutput && node.paths === 2) this.tree.sharedOutputs--;
      node.paths--;
      node.release();
    }
    this.nodes.length = 0;
  }

  private push(node: PrefixNode, endTokens: number): void {
    if (node.isOutput && node.paths === 1) this.tree.sharedOutputs++;
    node.acquire();
    node.paths++;
    this.nodes.push(node);
    this.endTokens.push(endTokens);
  }
}

/** All prefixes: their roots (requests with different cache salts share nothing), and who uses the nodes. */
export class PrefixTree {
  private readonly roots = new Map<string, PrefixNode>();
  private readonly nodes: (PrefixNode | null)[] = [null];
  /** By node: requests that hold it, cached blocks in it, and children. Side by side, for they change with every block. */
  private users = new Int32Array(1024);
  private readonly freeIds: number[] = [];
  /** Outputs that lie on the way of more than one request. */
  sharedOutputs = 0;

  root(cacheSalt: string | null): PrefixNode {
    const salt = cacheSalt === null ? '' : `salt ${cacheSalt}`;
    let root = this.roots.get(salt);
    if (root === undefined) {
      root = new PrefixNode(this, null, 0, 0);
      this.roots.set(salt, root);
    }
    return root;
  }

  /** Takes in a new node. Returns its id. */
  enter(node: PrefixNode): number {
    const id = this.freeIds.pop() ?? this.nodes.length;
    this.nodes[id] = node;
    if (id >= this.users.length) {
      const larger = new Int32Array(2 * this.users.length);
      larger.set(this.users);
      this.users = larger;
    }
    return id;
  }

  node(id: number): PrefixNode {
    return this.nodes[id]!;
  }

  usersOf(id: number): number {
    return this.users[id]!;
  }

  acquire(id: number, users: number): void {
    this.users[id]! += users;
  }

  release(id: number): void {
    if (--this.users[id]! === 0) this.drop(id);
  }

  private drop(id: number): void {
    const node = this.nodes[id]!;
    if (node.isRoot) return;
    this.nodes[id] = null;
    this.freeIds.push(id);
    node.leave();
  }
}
