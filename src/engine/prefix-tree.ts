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

export class PrefixNode {
  /** Cached blocks by group, then by block index less the group's first index in this node; 0: none. */
  readonly cachedBlocks: number[][] = [];
  /** By segment; more than one where the segment follows this one after different numbers of tokens. */
  private readonly children = new Map<number, PrefixNode[]>();
  /** Requests that hold the node, cached blocks in it, and children. */
  private users = 0;
  private readonly parent: PrefixNode | null;
  private readonly segment: number;
  /** Tokens of the prefix before this segment begins. */
  readonly startTokens: number;

  constructor(parent: PrefixNode | null, segment: number, startTokens: number) {
    this.parent = parent;
    this.segment = segment;
    this.startTokens = startTokens;
  }

  /** The node of `segment` beginning after `startTokens` tokens, of which the last are in this node. */
  child(segment: number, startTokens: number): PrefixNode {
    const same = this.children.get(segment);
    const known = same?.find((child) => child.startTokens === startTokens);
    if (known !== undefined) return known;
    const node = new PrefixNode(this, segment, startTokens);
    if (same === undefined) this.children.set(segment, [node]);
    else same.push(node);
    this.users++;
    return node;
  }

  acquire(): void {
    this.users++;
  }

  release(): void {
    this.users--;
    if (this.users === 0 && this.parent !== null) {
      const same = this.parent.children.get(this.segment)!;
      if (same.length === 1) this.parent.children.delete(this.segment);
      else same.splice(same.indexOf(this), 1);
      this.parent.release();
    }
  }
}

/** The prefixes of one request: its prompt's segments, then its output. */
export class PrefixPath {
  private readonly nodes: PrefixNode[] = [];
  /** Tokens up to the end of each node's segment; the output's is open. */
  private readonly endTokens: number[] = [];

  constructor(
    root: PrefixNode,
    prompt: readonly { readonly segment: number; readonly tokens: number }[],
    outputSegment: number,
  ) {
    let node = root;
    let end = 0;
    for (const span of prompt) {
      node = node.child(span.segment, end);
      end += span.tokens;
      this.push(node, end);
    }
    this.push(node.child(outputSegment, end), Number.POSITIVE_INFINITY);
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

  /** The node in which the prefix of `tokens` tokens ends. */
  nodeAt(tokens: number): PrefixNode {
    let low = 0;
    let high = this.nodes.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.endTokens[middle]! >= tokens) high = middle;
      else low = middle + 1;
    }
    return this.nodes[low]!;
  }

  release(): void {
    for (const node of this.nodes) node.release();
    this.nodes.length = 0;
  }

  private push(node: PrefixNode, endTokens: number): void {
    node.acquire();
    this.nodes.push(node);
    this.endTokens.push(endTokens);
  }
}

/** The roots of all prefixes: requests with different cache salts share nothing. */
export class PrefixTree {
  private readonly roots = new Map<string, PrefixNode>();

  root(cacheSalt: string | null): PrefixNode {
    const salt = cacheSalt === null ? '' : `salt ${cacheSalt}`;
    let root = this.roots.get(salt);
    if (root === undefined) {
      root = new PrefixNode(null, 0, 0);
      this.roots.set(salt, root);
    }
    return root;
  }
}
