import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hanging, textTable, wrap } from '../../src/report/table.ts';

describe('textTable', () => {
  test('pads columns to equal width, numbers to the right', () => {
    const columns = [
      { header: 'run', align: 'left' as const },
      { header: 'TTFT', align: 'right' as const },
    ];
    expect(
      textTable(
        columns,
        [
          ['short', '1 s'],
          ['a', '100 ms'],
        ],
        80,
      ),
    ).toEqual(['run      TTFT', 'short     1 s', 'a      100 ms']);
  });

  test('drops the columns of lowest rank until it fits', () => {
    const columns = [
      { header: 'run', align: 'left' as const },
      { header: 'important', align: 'right' as const, rank: 2 },
      { header: 'minor', align: 'right' as const, rank: 1 },
    ];
    expect(textTable(columns, [['a', '1', '2']], 14)).toEqual(['run  important', 'a            1']);
  });

  test('cuts the widest text where that is not enough', () => {
    const columns = [
      { header: 'run', align: 'left' as const },
      { header: 'n', align: 'right' as const },
    ];
    expect(textTable(columns, [['a very long title', '1']], 13)).toEqual(['run         n', 'a very lo…  1']);
  });
});

test('a column of short texts is not widened by a table that is too wide', () => {
  const columns = [
    { header: 'GPU', align: 'left' as const },
    { header: 'numbers', align: 'right' as const },
  ];
  expect(textTable(columns, [['h100', '1,234,567']], 10)).toEqual(['GPU     numbers', 'h100  1,234,567']);
});

describe('wrap', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 });

  test('keeps every word and exceeds the width by no word that could be broken off', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 60 }), (list, width) => {
        const lines = wrap(list.join(' '), width);
        expect(lines.join(' ')).toBe(list.join(' '));
        expect(lines.every((line) => line.length <= width)).toBe(true);
      }),
    );
  });

  test('a number stays with its unit, and a sign with its number', () => {
    expect(wrap('TTFT p99 12.5 ms or < 0.1 % of', 13)).toEqual(['TTFT p99', '12.5 ms or', '< 0.1 % of']);
    expect(wrap('all s are words', 6)).toEqual(['all s', 'are', 'words']);
  });

  test('hanging text is indented under its first line', () => {
    expect(hanging('- ', 'one two three', 9)).toEqual(['- one two', '  three']);
  });
});
