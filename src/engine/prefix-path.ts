/** The way of one request through the prefix tree (`prefix-tree.ts`): where each of its prefixes ends. */
import type { PrefixNode } from './prefix-node.ts';
import type { PrefixTree } from './prefix-tree.ts';

/** Segment number of the end token, the same token for every request. */
const END_TOKEN_SEGMENT = 0;

/** The prefixes of one request: its prompt's segments, then its output. */
export class PrefixPath {
  private readonly nodes: PrefixNode[];
  /** How many of them there are. */
  private length = 0;
  /** Tokens up to the end of each node's segment; the output's is open. */
  private readonly endTokens: number[];
  private readonly tree: PrefixTree;

  constructor(
    root: PrefixNode,
    prompt: readonly { readonly segment: number; readonly tokens: number }[],
    outputSegment: number,
  ) {
    this.tree = root.tree;
    // Room for the prompt, the output, and an end token.
    this.nodes = new Array<PrefixNode>(prompt.length + 2);
    this.endTokens = new Array<number>(prompt.length + 2);
    let node = root;
    let end = 0;
    for (const span of prompt) {
      node = node.child(span.segment, end);
      end += span.tokens;
      this.push(node, end);
    }
    const output = node.child(outputSegment, end);
    // It is in the prompts of several others already; with one other, `push` notices.
    if (!output.isOutput && output.paths > 1) this.tree.sharedOutputs++;
    output.isOutput = true;
    this.push(output, Number.POSITIVE_INFINITY);
  }

  /** Token number `tokens` was the end token. */
  endWithEndToken(tokens: number): void {
    const last = this.length - 1;
    const output = this.nodes[last]!;
    // The output's own node covers nothing if the end token is the first output token.
    const before = tokens - 1 > output.startTokens ? output : this.nodes[last - 1]!;
    this.endTokens[last] = tokens - 1;
    this.push(before.child(END_TOKEN_SEGMENT, tokens - 1), tokens);
  }

  /** The node in which the prefix of `tokens` tokens ends. */
  nodeAt(tokens: number): PrefixNode {
    return this.nodes[this.indexAt(tokens)]!;
  }

  /** The longest prefix that ends in the same node as that of `tokens` tokens: its tokens; infinite: the output's. */
  endOfNodeAt(tokens: number): number {
    return this.endTokens[this.indexAt(tokens)]!;
  }

  /** The output so far is another request's too, as part of its prompt. */
  get isOutputShared(): boolean {
    return this.nodes[this.length - 1]!.paths > 1;
  }

  release(): void {
    for (let i = 0; i < this.length; i++) {
      const node = this.nodes[i]!;
      if (node.isOutput && node.paths === 2) this.tree.sharedOutputs--;
      node.leavePath();
    }
    this.length = 0;
  }

  private indexAt(tokens: number): number {
    let low = 0;
    let high = this.length - 1;
    // Most often it is the output that goes on.
    if (high > 0 && this.endTokens[high - 1]! < tokens) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.endTokens[middle]! >= tokens) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private push(node: PrefixNode, endTokens: number): void {
    if (node.isOutput && node.paths === 1) this.tree.sharedOutputs++;
    node.paths++;
    this.nodes[this.length] = node;
    this.endTokens[this.length++] = endTokens;
  }
}
