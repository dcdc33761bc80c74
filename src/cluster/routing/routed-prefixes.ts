/**
 * Which prompts were sent where: a tree of segments, each node with the replicas that got it and how many of its tokens
 * they got. It remembers what was routed, not what replicas still hold. Bounded: beyond so many nodes the one that was
 * used longest ago is forgotten. An ancestor is used whenever a descendant is, so that one is always a leaf.
 */
import type { Span } from '../../workload/request.ts';

/** A segment after a given prefix. */
interface Node {
  readonly parent: Node | null;
  /** Its key among its parent's children. */
  readonly key: string;
  /** null: it has none. */
  children: Map<string, Node> | null;
  /** Tokens of the segment by replica. */
  readonly tokens: Map<number, number>;
  /** Neighbours in order of use. */
  older: Node;
  newer: Node;
}

/** Replicas that hold the longest part of a prompt, in tokens. */
export interface LongestMatch {
  readonly tokens: number;
  readonly replicas: readonly number[];
}

export class RoutedPrefixes {
  private readonly maxNodes: number;
  private readonly root = createNode(null, '');
  private nodes = 0;
  /** Tokens remembered of each replica. */
  private readonly sizes = new Map<number, number>();

  constructor(maxNodes: number) {
    this.maxNodes = maxNodes;
  }

  /** Tokens of different texts that are remembered of a replica. */
  sizeOf(replica: number): number {
    return this.sizes.get(replica) ?? 0;
  }

  /** Where the longest prefix of a prompt was sent, among the replicas that `counts` lets through. */
  longestMatch(prompt: readonly Span[], counts: (replica: number) => boolean): LongestMatch {
    let node = this.root;
    let before = 0;
    let longest = 0;
    let replicas: number[] = [];
    // Those that have everything so far; null: all replicas.
    let whole: ReadonlySet<number> | null = null;
    for (const { segment, tokens } of prompt) {
      const child = node.children?.get(keyOf(segment, before));
      if (child === undefined) break;
      const further = new Set<number>();
      for (const [replica, held] of child.tokens) {
        if ((whole !== null && !whole.has(replica)) || !counts(replica)) continue;
        const matched = before + Math.min(held, tokens);
        if (matched > longest) {
          longest = matched;
          replicas = [];
        }
        if (matched === longest) replicas.push(replica);
        if (held >= tokens) further.add(replica);
      }
      if (further.size === 0) break;
      whole = further;
      before += tokens;
      node = child;
    }
    return { tokens: longest, replicas };
  }

  /** A prompt was sent to a replica. */
  add(prompt: readonly Span[], replica: number): void {
    let node = this.root;
    let before = 0;
    const path: Node[] = [];
    for (const { segment, tokens } of prompt) {
      node = this.childOf(node, keyOf(segment, before));
      const held = node.tokens.get(replica) ?? 0;
      if (tokens > held) {
        node.tokens.set(replica, tokens);
        this.resize(replica, tokens - held);
      }
      path.push(node);
      before += tokens;
    }
    // From the end to the beginning: a parent is newer than its children.
    for (const used of path.reverse()) this.use(used);
    while (this.nodes > this.maxNodes) this.drop(this.root.newer);
  }

  /** Nothing is left of what a replica got. */
  forget(replica: number): void {
    this.sizes.delete(replica);
    for (let node = this.root.newer; node !== this.root; ) {
      const next = node.newer;
      node.tokens.delete(replica);
      if (node.tokens.size === 0) this.drop(node);
      node = next;
    }
  }

  private childOf(parent: Node, key: string): Node {
    parent.children ??= new Map();
    const known = parent.children.get(key);
    if (known !== undefined) return known;
    const child = createNode(parent, key);
    parent.children.set(key, child);
    this.nodes++;
    return child;
  }

  private use(node: Node): void {
    const { root } = this;
    unlink(node);
    node.newer = root;
    node.older = root.older;
    root.older.newer = node;
    root.older = node;
  }

  /** A node without children that anybody has. */
  private drop(node: Node): void {
    for (const [replica, tokens] of node.tokens) this.resize(replica, -tokens);
    unlink(node);
    const { parent, key } = node;
    parent!.children!.delete(key);
    if (parent!.children!.size === 0) parent!.children = null;
    this.nodes--;
  }

  private resize(replica: number, tokens: number): void {
    this.sizes.set(replica, this.sizeOf(replica) + tokens);
  }
}

function createNode(parent: Node | null, key: string): Node {
  const node = { parent, key, children: null, tokens: new Map() } as unknown as Node;
  node.older = node;
  node.newer = node;
  return node;
}

function unlink(node: Node): void {
  node.older.newer = node.newer;
  node.newer.older = node.older;
}

/** A segment that begins after so many tokens of its parent's prefix. */
function keyOf(segment: number, before: number): string {
  return `${segment}@${before}`;
}
