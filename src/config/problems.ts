/**
 * Bad input is collected as data first and becomes text last: every problem of a study file is reported at once, one a
 * line, as `file:line:column path: what was read, what is expected`.
 */
import { InputError } from '../core/input-error.ts';

export type Path = readonly (string | number)[];

export interface Problem {
  readonly path: Path;
  /** Whether the key or the value at that path is at fault. */
  readonly at: 'key' | 'value';
  /** `read 0, expected a whole number of 1 or more`: no path, no full stop. */
  readonly message: string;
}

/** A study as plain data, and where each part of it was written. */
export interface StudySource {
  /** The file's name, for messages. */
  readonly fileName: string;
  readonly raw: unknown;
  /** The leading comment of the file; null without one. */
  readonly comment: string | null;
  /** Where the deployment at hand was written; left out: under `deployment`. */
  readonly deployment?: Path;
  /** `study.yaml:7:3`, or `--set a.b=1`: where the key or value at that path was written. */
  locate(path: Path, at: 'key' | 'value'): string;
}

/** Throws all problems as one error, one a line; does nothing without any. */
export function raise(source: StudySource, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ path, at, message }) => {
    const name = pathName(at === 'key' ? path.slice(0, -1) : path);
    const where = [source.locate(path, at), name].filter((part) => part !== '').join(' ');
    return `${where}: ${message}${/[.?!]$/.test(message) ? '' : '.'}`;
  });
  throw new InputError([...new Set(lines)].sort(byPlace).join('\n'));
}

/** From the top of the file to its end; what has no line and column stays where it was. */
function byPlace(a: string, b: string): number {
  const [lineA, columnA] = placeOf(a);
  const [lineB, columnB] = placeOf(b);
  return lineA - lineB || columnA - columnB;
}

function placeOf(line: string): [line: number, column: number] {
  const match = /^[^ ]*?:(\d+):(\d+)/.exec(line);
  return match ? [Number(match[1]), Number(match[2])] : [0, 0];
}

/** `workload.synthetic.lengths`; list positions in brackets. */
export function pathName(path: Path): string {
  return path.reduce<string>(
    (name, part) => (typeof part === 'number' ? `${name}[${part}]` : name === '' ? part : `${name}.${part}`),
    '',
  );
}

/** What was read, as it is quoted in messages: JSON, cut to 60 characters. */
export function quoted(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}

/** The value at a path of plain data; undefined where there is none. */
export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      value === null || typeof value !== 'object' ? undefined : (value as Record<string, unknown>)[part],
    data,
  );
}
