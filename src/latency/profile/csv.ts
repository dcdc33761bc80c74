/**
 * The CSV files of a kernel profile: a header, then one measurement a line, plain cells without quotes. Everything that
 * is not understood is an error, an unknown column too: a table with one more axis would be read wrongly without it.
 */
import { didYouMean, InputError } from '../../core/input-error.ts';

/**
 * What a column holds. `count`: a whole number, 0 or more; `time`: microseconds, more than 0; `number`: any number;
 * `maybe`: a number, or nothing, read as NaN; `text`: a word.
 */
export type CellKind = 'count' | 'time' | 'number' | 'maybe' | 'text';

export type Row<Columns extends Readonly<Record<string, CellKind>>> = {
  readonly [Name in keyof Columns]: Columns[Name] extends 'text' ? string : number;
} & {
  /** `file:line`, for messages. */
  readonly at: string;
};

const EXPECTED: Readonly<Record<CellKind, string>> = {
  count: 'a whole number, 0 or more',
  time: 'microseconds, more than 0',
  number: 'a number',
  maybe: 'a number or nothing',
  text: 'a word',
};

/** Reads a table whose columns, in any order, are exactly `columns`. `where` names the file in messages. */
export function readTable<const Columns extends Readonly<Record<string, CellKind>>>(
  text: string,
  where: string,
  columns: Columns,
): Row<Columns>[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const names = checkHeader(lines[0]!, `${where}:1`, columns);
  const rows: Row<Columns>[] = [];
  for (let i = 1; i < lines.length; i++) {
    if (lines[i]!.trim() === '') continue;
    rows.push(readRow(lines[i]!, `${where}:${i + 1}`, names, columns) as Row<Columns>);
  }
  if (rows.length === 0) throw new InputError(`${where}: no rows below the header; expected one measurement a line.`);
  return rows;
}

function checkHeader(line: string, at: string, columns: Readonly<Record<string, CellKind>>): string[] {
  const names = line.split(',').map((name) => name.trim());
  const expected = Object.keys(columns);
  const wrong = names.find((name, i) => !expected.includes(name) || names.indexOf(name) !== i);
  if (wrong !== undefined) {
    const what = expected.includes(wrong) ? `column ${wrong} comes twice` : `column "${wrong}" is not known`;
    throw new InputError(`${at}: ${what}; expected ${expected.join(',')}.${didYouMean(wrong, expected)}`);
  }
  const missing = expected.find((name) => !names.includes(name));
  if (missing !== undefined) {
    throw new InputError(`${at}: no column ${missing}; read ${names.join(',')}, expected ${expected.join(',')}.`);
  }
  return names;
}

function readRow(
  line: string,
  at: string,
  names: readonly string[],
  columns: Readonly<Record<string, CellKind>>,
): Record<string, string | number> {
  const cells = line.split(',');
  if (cells.length !== names.length) {
    throw new InputError(`${at}: ${cells.length} cells, expected ${names.length}: ${names.join(',')}.`);
  }
  const row: Record<string, string | number> = { at };
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    row[name] = readCell(cells[i]!.trim(), columns[name]!, `${at}: column ${name}`);
  }
  return row;
}

function readCell(text: string, kind: CellKind, where: string): string | number {
  if (kind === 'text' && text !== '') return text;
  if (kind === 'maybe' && text === '') return Number.NaN;
  const value = text === '' ? Number.NaN : Number(text);
  const valid = kind === 'count' ? Number.isSafeInteger(value) && value >= 0 : Number.isFinite(value);
  if (kind !== 'text' && valid && (kind !== 'time' || value > 0)) return value;
  throw new InputError(`${where} is "${text}"; expected ${EXPECTED[kind]}.`);
}
