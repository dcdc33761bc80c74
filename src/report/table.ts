/** Tables of plain text: columns padded to equal width, numbers to the right. */

export interface TextColumn {
  header: string;
  align: 'left' | 'right';
  /** Where the table is too wide, columns with the lowest rank go first; those without one stay. */
  rank?: number;
  /** Whether it goes with the others of its rank that say so: parts of one whole, of which one alone would mislead. */
  together?: boolean;
}

const GAP = '  ';
/** Characters that a cut text keeps. */
const SHORTEST = 8;

/** The table's lines, at most `width` wide as far as dropping columns and cutting the widest text can achieve it. */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const widths = columns.map(({ header }, i) => Math.max(header.length, ...rows.map((row) => row[i]!.length)));
  const kept = fittingColumns(columns, widths, width);
  const total = () => totalWidth(kept, widths);
  const texts = [...kept].filter((i) => columns[i]!.align === 'left');
  const widest = texts.reduce((a, b) => (widths[b]! > widths[a]! ? b : a), texts[0] ?? 0);
  if (total() > width)
    widths[widest] = Math.min(widths[widest]!, Math.max(SHORTEST, widths[widest]! - (total() - width)));
  return [columns.map(({ header }) => header), ...rows].map((row) =>
    [...kept]
      .map((i) => pad(row[i]!, widths[i]!, columns[i]!.align))
      .join(GAP)
      .trimEnd(),
  );
}

/** The columns that find room in `width`: as many as can be, those of lowest rank left out first. */
export function fittingColumns(
  columns: readonly Pick<TextColumn, 'rank' | 'together'>[],
  widths: readonly number[],
  width: number,
): ReadonlySet<number> {
  const kept = new Set(columns.keys());
  const droppable = [...columns.entries()]
    .filter(([, column]) => column.rank !== undefined)
    .sort(([, a], [, b]) => a.rank! - b.rank!);
  for (const [i, { rank, together }] of droppable) {
    if (totalWidth(kept, widths) <= width) break;
    kept.delete(i);
    if (!together) continue;
    for (const [j, other] of droppable) if (other.together && other.rank === rank) kept.delete(j);
  }
  return kept;
}

function totalWidth(kept: ReadonlySet<number>, widths: readonly number[]): number {
  return [...kept].reduce((sum, i) => sum + widths[i]! + GAP.length, -GAP.length);
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text;
  return align === 'left' ? cut.padEnd(width) : cut.padStart(width);
}

/** Spaces at which a line may end: not between a number and its unit. */
const BREAK = /(?<![<>]) +(?!(?<=\d )(?:%|µs|ms|s|min|h|d|[KMG]iB)(?!\w))/;

/** `text` in lines of at most `width`, broken at spaces; a longer word stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(BREAK)) {
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
