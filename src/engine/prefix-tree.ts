/**
 * Identity of prefixes, exact and without hashing token contents (vLLM 0.33: `hash_block_tokens`, BlockHash).
 *
 * A prefix is named by the node of the segment in which it ends and its length: two requests whose tokens agree up to
 * a position reach the same node there, and only they do, because different segments never share tokens. A block's
 * hash is therefore (node at its last token, its index); with EAGLE and MTP the node one token further on.
 */
import { PrefixNode } from './prefix-node.ts';

/** All prefixes: their roots (requests with different cache salts share nothing), and the nodes by their ids. */
export class PrefixTree {
  private readonly roots = new Map<string, PrefixNode>();
  /** None has the id 0. */
  private readonly nodes: (PrefixNode | null)[] = [null];
  /** Nodes that nobody uses: to be used again, because most live long enough to be expensive to collect. */
  private readonly unused: PrefixNode[] = [];
  /** Outputs that lie on the way of more than one request. */
  sharedOutputs = 0;

  root(cacheSalt: string | null): PrefixNode {
    const salt = cacheSalt === null ? '' : `salt ${cacheSalt}`;
    let root = this.roots.get(salt);
    if (root === undefined) {
      root = this.add(null, 0, 0);
      this.roots.set(salt, root);
    }
    return root;
  }

  newNode(parent: PrefixNode, segment: number, startTokens: number): PrefixNode {
    return this.unused.pop()?.reuse(parent, segment, startTokens) ?? this.add(parent, segment, startTokens);
  }

  node(id: number): PrefixNode {
    return this.nodes[id]!;
  }

  drop(node: PrefixNode): void {
    this.unused.push(node);
  }

  private add(parent: PrefixNode | null, segment: number, startTokens: number): PrefixNode {
    const node = new PrefixNode(this.nodes.length, this, parent, segment, startTokens);
    this.nodes.push(node);
    return node;
  }
}
