import { describe, expect, it } from 'vitest';
import { PrefixPath, PrefixTree } from '../../src/engine/prefix-tree.ts';

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
