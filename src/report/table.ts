/** Tables of plain text: columns padded to equal width, numbers to the right. */

export interface TextColumn {
  header: string;
  align: 'left' | 'right';
  /** Where the table is too wide, columns with the lowest rank go first; those without one stay. */
  rank?: number;
}

const GAP = '  ';

/** The table's lines, at most `width` wide as far as dropping columns and cutting the first one can achieve it. */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const widths = columns.map(({ header }, i) => Math.max(header.length, ...rows.map((row) => row[i]!.length)));
  const kept = new Set(columns.keys());
  const total = () => [...kept].reduce((sum, i) => sum + widths[i]! + GAP.length, -GAP.length);
  const droppable = [...columns.entries()]
    .filter(([, column]) => column.rank !== undefined)
    .sort(([, a], [, b]) => a.rank! - b.rank!);
  for (const [i] of droppable) {
    if (total() <= width) break;
    kept.delete(i);
  }
  const [first = 0] = kept;
  if (total() > width) widths[first] = Math.max(8, widths[first]! - (total() - width));
  return [columns.map(({ header }) => header), ...rows].map((row) =>
    [...kept]
      .map((i) => pad(row[i]!, widths[i]!, columns[i]!.align))
      .join(GAP)
      .trimEnd(),
  );
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text;
  return align === 'left' ? cut.padEnd(width) : cut.padStart(width);
}

/** `text` in lines of at most `width`, broken at spaces; a longer word stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/)) {
    if (line === '') line = word;
    else if (line.length + 1 + word.length <= width) line = `${line} ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** Wrapped text behind `prefix`; the lines after the first are indented as far. */
export function hanging(prefix: string, text: string, width: number): string[] {
  return wrap(text, width - prefix.length).map((line, i) => (i === 0 ? prefix : ' '.repeat(prefix.length)) + line);
}
