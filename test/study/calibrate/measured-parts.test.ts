import { describe, expect, it } from 'vitest';
import { folds } from '../../../src/study/calibrate/measured-parts.ts';

const part = (name: string, requests: number) => ({ name, requests, run: 0, includes: () => true });
const pairs = (...parts: ReturnType<typeof part>[]) =>
  folds(parts, (each) => each).map(({ fit, score }) => `${fit.name} ${score.name}`);

describe('folds', () => {
  it('score every part with every other', () => {
    expect(pairs(part('a', 1), part('b', 1))).toEqual(['a b', 'b a']);
    expect(pairs(part('a', 1), part('b', 1), part('c', 1))).toHaveLength(6);
  });

  it('leave out parts without requests', () => {
    expect(pairs(part('a', 1), part('b', 0))).toEqual([]);
  });
});
