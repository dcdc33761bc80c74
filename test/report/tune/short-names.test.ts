import { describe, expect, it } from 'vitest';
import { shortNames } from '../../../src/report/tune/short-names.ts';

describe('names that are too wide', () => {
  it('stay as they are where all fit', () => {
    expect(shortNames(['a', 'abc'], 3)).toEqual(['a', 'abc']);
  });

  it('are cut at the end, where that tells them apart', () => {
    expect(shortNames(['l40s × long setting', 'h100 × long setting'], 8)).toEqual(['l40s × …', 'h100 × …']);
  });

  it('are cut in the middle, where they begin alike and end differently', () => {
    expect(shortNames(['h100-sxm × max_num_seqs 64', 'h100-sxm × max_num_seqs 128'], 12)).toEqual([
      'h100-s…qs 64',
      'h100-s…s 128',
    ]);
  });

  it('are cut where most can be told apart', () => {
    const names = ['a'.repeat(10), 'b'.repeat(10)].flatMap((head) => ['1', '2'].map((tail) => head + tail));
    expect(new Set(shortNames(names, 8)).size).toBe(4);
  });

  it('are never wider than asked', () => {
    for (const text of shortNames(['x'.repeat(30), 'y'.repeat(9)], 8)) expect(text.length).toBeLessThanOrEqual(8);
  });
});
