/**
 * Identity of prefixes, exact and without hashing token contents (vLLM 0.33: `hash_block_tokens`, BlockHash).
 *
 * A prefix is named by the node of the segment in which it ends and its length: two requests whose tokens agree up to
 * a position reach the same node there, and only they do, because different segments never share tokens. A block's
 * hash is therefore (node at its last token, its index); with EAGLE and MTP the node one token further on.
 */
import { PrefixNode } from './prefix-node.ts';

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

  release(id: number, users: number): void {
    this.users[id]! -= users;
    if (this.users[id] === 0) this.drop(id);
  }

  private drop(id: number): void {
    const node = this.nodes[id]!;
    if (node.isRoot) return;
    this.nodes[id] = null;
    this.freeIds.push(id);
    node.leave();
  }
}
