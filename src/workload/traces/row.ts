/** What every trace reader makes of a line, and how all of them complain about one that they cannot read. */
import { InputError } from '../../core/input-error.ts';

/** Where a line stands, for messages. */
export interface Place {
  readonly name: string;
  /** 1 for the first line of the file. */
  readonly line: number;
}

/** One line of a trace: a request before it is placed in a workload. */
export interface TraceRow {
  readonly place: Place;
  /** Integer microseconds since the first row of the file. */
  readonly timeUs: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Identities of the prompt's first blocks; null in a trace without them. */
  readonly blockIds: readonly number[] | null;
  /** Of its class, in a trace that names classes. */
  readonly className?: string;
  /** Number of its conversation, in a trace that names them; null: of none. */
  readonly session?: number | null;
  /** Where it stands in words, if a line does not tell. */
  readonly origin?: string;
}

/** Reads one line after another of one file; it remembers the time of the first. */
export type RowReader = (text: string, place: Place) => TraceRow;

/** `trace.csv:17: what is wrong` */
export function rowError(place: Place, message: string): InputError {
  return new InputError(`${place.name}:${place.line}: ${message}`);
}

/** What was read, quoted and cut to a length that fits a message. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** A JSON value as it was read, cut to a length that fits a message. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Checks a count of tokens: a whole number, not negative. */
export function tokenCount(value: unknown, field: string, place: Place): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw rowError(place, `${field} is ${shown(value)}; expected a whole number of tokens, 0 or more.`);
}
