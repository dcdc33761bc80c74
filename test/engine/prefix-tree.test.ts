import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockPool } from '../../src/engine/block-pool.ts';
import type { PrefixNode } from '../../src/engine/prefix-node.ts';
import { PrefixPath } from '../../src/engine/prefix-path.ts';
import { PrefixTree } from '../../src/engine/prefix-tree.ts';

/** The node in which the first `tokens` tokens of a prompt end. */
function nodeOf(tree: PrefixTree, prompt: [segment: number, tokens: number][], tokens: number, output = 99) {
  const spans = prompt.map(([segment, length]) => ({ segment, tokens: length }));
  return new PrefixPath(tree.root(null), spans, output).nodeAt(tokens);
}

describe('two prefixes have one identity exactly if their tokens are the same', () => {
  const tree = new PrefixTree();

  it('wherever the segment in which they end goes on to', () => {
    expect(nodeOf(tree, [[1, 16]], 16)).toBe(nodeOf(tree, [[1, 40]], 16));
    expect(
      nodeOf(
        tree,
        [
          [1, 16],
          [2, 16],
        ],
        32,
      ),
    ).toBe(
      nodeOf(
        tree,
        [
          [1, 16],
          [2, 30],
        ],
        32,
      ),
    );
  });

  it('not if a segment begins after another number of tokens of the one before', () => {
    expect(
      nodeOf(
        tree,
        [
          [1, 16],
          [2, 32],
        ],
        40,
      ),
    ).not.toBe(
      nodeOf(
        tree,
        [
          [1, 17],
          [2, 32],
        ],
        40,
      ),
    );
  });

  it('not if a segment begins anew instead of going on', () => {
    expect(
      nodeOf(
        tree,
        [
          [1, 16],
          [1, 16],
        ],
        32,
      ),
    ).not.toBe(nodeOf(tree, [[1, 32]], 32));
  });

  it('for segment numbers as large as integers go', () => {
    const large = 2 ** 52;
    expect(
      nodeOf(
        tree,
        [
          [large, 16],
          [3, 16],
        ],
        32,
      ),
    ).not.toBe(
      nodeOf(
        tree,
        [
          [large + 1, 16],
          [3, 16],
        ],
        32,
      ),
    );
    expect(
      nodeOf(
        tree,
        [
          [5, 16],
          [large, 32],
        ],
        40,
      ),
    ).not.toBe(
      nodeOf(
        tree,
        [
          [5, 17],
          [large, 32],
        ],
        40,
      ),
    );
  });

  it('in the output too, which a later prompt can name', () => {
    const first = new PrefixPath(tree.root(null), [{ segment: 7, tokens: 20 }], 8);
    expect(
      nodeOf(
        tree,
        [
          [7, 20],
          [8, 12],
          [9, 5],
        ],
        32,
      ),
    ).toBe(first.nodeAt(32));
  });
});

describe('the end token', () => {
  it('is the same token in every output, as the first one too', () => {
    const tree = new PrefixTree();
    const ended = (output: number) => {
      const path = new PrefixPath(tree.root(null), [{ segment: 1, tokens: 16 }], output);
      path.endWithEndToken(17);
      return path.nodeAt(17);
    };
    expect(ended(2)).toBe(ended(3));
  });

  it('leaves the identity of what came before it', () => {
    const tree = new PrefixTree();
    const path = new PrefixPath(tree.root(null), [{ segment: 1, tokens: 16 }], 2);
    const before = path.nodeAt(20);
    path.endWithEndToken(21);
    expect(path.nodeAt(20)).toBe(before);
    expect(path.nodeAt(21)).not.toBe(before);
  });
});

describe('a node', () => {
  const spans = (...segments: number[]) => segments.map((segment) => ({ segment, tokens: 4 }));

  it('is used again for another prefix, number and all, when the last path has left that leads through it', () => {
    const tree = new PrefixTree();
    const root = tree.root(null);
    const [one, two] = [new PrefixPath(root, spans(1, 3), 2), new PrefixPath(root, spans(1, 5), 4)];
    const [shared, ...own] = [one.nodeAt(4), one.nodeAt(8), one.nodeAt(9)];
    one.release();
    expect(two.nodeAt(4)).toBe(shared);
    const next = new PrefixPath(root, spans(6, 7, 8), 9);
    const nodes = [4, 8, 12, 13].map((tokens) => next.nodeAt(tokens));
    expect(nodes.filter((node) => own.includes(node))).toHaveLength(2);
    expect(nodes).not.toContain(shared);
    for (const node of [shared!, ...nodes]) expect(tree.node(node.id)).toBe(node);
  });

  it('stays as long as a block is cached in it, and is the same for whoever comes by', () => {
    const pool = new BlockPool(4);
    const root = pool.hashes.prefixes.root(null);
    const path = new PrefixPath(root, spans(1), 2);
    const node = path.nodeAt(4);
    pool.hashes.add(3, node, 0, 0, null);
    path.release();
    const later = new PrefixPath(root, spans(1), 4);
    expect(later.nodeAt(4)).toBe(node);
    expect(node.cachedBlocks).toBe(1);
    later.release();
    const other = new PrefixPath(root, spans(5), 6);
    expect([other.nodeAt(4), other.nodeAt(5)]).not.toContain(node);
    pool.hashes.evict(3);
    expect(new PrefixPath(root, spans(7), 8).nodeAt(4)).toBe(node);
  });

  it('knows nothing of the prefixes that it stood for before', () => {
    const pool = new BlockPool(4);
    const root = pool.hashes.prefixes.root(null);
    const path = new PrefixPath(root, [], 2);
    const node = path.nodeAt(4);
    const other = new PrefixPath(root, [{ segment: 2, tokens: 4 }, ...spans(5)], 6);
    pool.hashes.add(3, node, 0, 0, null);
    pool.hashes.evict(3);
    path.release();
    other.release();
    const next = new PrefixPath(root, spans(9, 8, 7), 4);
    const reused = [4, 8, 12, 13].map((tokens) => next.nodeAt(tokens));
    expect(reused).toContain(node);
    expect(reused.map(({ startTokens, isOutput }) => [startTokens, isOutput])).toEqual([
      [0, false],
      [4, false],
      [8, false],
      [12, true],
    ]);
    expect(reused.filter((each) => each.blocksOf(0) !== null || each.cachedBlocks > 0 || each.paths !== 1)).toEqual([]);
    expect(pool.hashes.find(node, 0, 0)).toBe(0);
  });
});

const word = fc.record({ segment: fc.integer({ min: 1, max: 4 }), tokens: fc.integer({ min: 1, max: 2 }) });
const visit = fc.record({
  prompt: fc.array(word, { maxLength: 3 }),
  output: fc.integer({ min: 1, max: 4 }),
  leaves: fc.nat(6),
});

describe('as paths come and go', () => {
  /** Each node on the way of a path by the prefixes that it names, told by what comes before it and its segment. */
  const namesOf = ({ prompt, output }: { prompt: readonly { segment: number; tokens: number }[]; output: number }) => {
    let before = '';
    return [...prompt, { segment: output, tokens: 0 }].map(({ segment, tokens }) => {
      const name = `${before}/${segment}`;
      before = `${name}x${tokens}`;
      return name;
    });
  };

  const tokensBefore = (name: string) =>
    [...name.matchAll(/x(\d)/g)].reduce((sum, [, tokens]) => sum + Number(tokens), 0);

  it('outputs count as shared while more than one path leads through them, and every living node has its number', () => {
    fc.assert(
      fc.property(fc.array(visit, { maxLength: 40 }), (visits) => {
        const tree = new PrefixTree();
        const living: { path: PrefixPath; names: string[]; nodes: PrefixNode[] }[] = [];
        /** Nodes that somebody wrote, as long as they live. */
        const outputs = new Set<string>();
        for (const { prompt, output, leaves } of visits) {
          const path = new PrefixPath(tree.root(null), prompt, output);
          const names = namesOf({ prompt, output });
          let tokens = 1;
          const nodes = [...prompt, { tokens: 1 }].map((span) => {
            tokens += span.tokens;
            return path.nodeAt(tokens - span.tokens);
          });
          living.push({ path, names, nodes });
          outputs.add(names.at(-1)!);
          if (leaves > 2 && living.length > 1) living.splice(leaves % living.length, 1)[0]!.path.release();
          const users = (name: string) => living.filter(({ names }) => names.includes(name)).length;
          for (const name of [...outputs]) if (users(name) === 0) outputs.delete(name);
          expect(tree.sharedOutputs).toBe([...outputs].filter((name) => users(name) > 1).length);
          const byName = new Map(living.flatMap(({ names, nodes }) => names.map((name, i) => [name, nodes[i]!])));
          expect(new Set([...byName.values()].map(({ id }) => id)).size).toBe(byName.size);
          for (const [name, { startTokens }] of byName) expect(startTokens).toBe(tokensBefore(name));
          for (const node of byName.values()) expect(tree.node(node.id)).toBe(node);
        }
        for (const { path } of living) path.release();
        expect(tree.sharedOutputs).toBe(0);
      }),
    );
  });
});
